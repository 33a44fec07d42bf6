#!/bin/sh
# Makes the packages of this folder from source/ with Debian's aapt, aapt2, android-framework-res, apksigner, openssl
# and a JDK. Keys are made anew each time and thrown away, so the bytes differ from run to run; tests go by
# certificates.txt.
set -eu
cd "$(dirname "$0")"
framework=/usr/share/android-framework-res/framework-res.apk
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The package: manifest and resources, two things that count as DEX by name, a third that does not, a library.
aapt package -f -M source/AndroidManifest.xml -S source/res -I "$framework" -F "$work/unsigned.apk" >/dev/null
aapt2 compile --dir source/res -o "$work/res.zip"
aapt2 link --manifest source/AndroidManifest.xml -I "$framework" -o "$work/aapt2.apk" "$work/res.zip"
mkdir -p "$work/tree/lib/arm64-v8a" "$work/tree/assets"
for name in classes.dex classes2.dex classes4.dex assets/hidden.dex lib/arm64-v8a/libfixture.so; do
    printf 'not really %s\n' "$name" > "$work/tree/$name"
done
for apk in unsigned aapt2; do
    (cd "$work/tree" && zip -q -X -r -0 "$work/$apk.apk" .)
done

# Keys.
subject() { echo "/C=DE/L=Nowhere/O=Overt, tests/CN=$1"; }
key() { # name, openssl arguments
    name=$1; shift
    openssl req -x509 -newkey "$@" -nodes -days 20000 -sha256 -subj "$(subject "$name")" \
        -keyout "$work/$name.pem" -out "$work/$name.crt" 2>/dev/null
    openssl pkcs8 -topk8 -nocrypt -outform der -in "$work/$name.pem" -out "$work/$name.pk8"
}
key rsa rsa:2048
key rsa-new rsa:2048
key rsa4096 rsa:4096
key p256 ec -pkeyopt ec_paramgen_curve:P-256
key p384 ec -pkeyopt ec_paramgen_curve:P-384
key p521 ec -pkeyopt ec_paramgen_curve:secp521r1
openssl dsaparam -out "$work/dsa.param" 2048 2>/dev/null
key dsa dsa:"$work/dsa.param"

sign() { # out, apksigner arguments
    out=$1; shift
    apksigner sign --in "$work/unsigned.apk" --out "$out.apk" --v4-signing-enabled false "$@"
}
with() { echo "--key $work/$1.pk8 --cert $work/$1.crt"; }
only() { # schemes
    echo "--v1-signing-enabled $1 --v2-signing-enabled $2 --v3-signing-enabled $3"
}
cp "$work/unsigned.apk" unsigned.apk
cp "$work/aapt2.apk" unsigned-aapt2.apk
sign v1-rsa-sha1 $(only true false false) --min-sdk-version 14 $(with rsa)
sign v1-rsa-sha256 $(only true false false) --min-sdk-version 18 $(with rsa)
sign v1-dsa $(only true false false) --min-sdk-version 21 $(with dsa)
sign v1-p256 $(only true false false) --min-sdk-version 18 $(with p256)
sign v1-two-signers $(only true false false) --min-sdk-version 18 $(with rsa) --next-signer $(with p256)
sign v2-rsa $(only true true false) $(with rsa)
sign v2-rsa4096 $(only false true false) --min-sdk-version 24 $(with rsa4096)
sign v2-dsa $(only false true false) --min-sdk-version 24 $(with dsa)
sign v2-p256 $(only false true false) --min-sdk-version 24 $(with p256)
sign v2-p384 $(only false true false) --min-sdk-version 24 $(with p384)
sign v2-p521 $(only false true false) --min-sdk-version 24 $(with p521)
sign v2-verity $(only false true false) --min-sdk-version 24 --verity-enabled $(with rsa)
sign v3-rsa $(only true true true) $(with rsa)
apksigner rotate --out "$work/lineage" --old-signer $(with rsa) --new-signer $(with p256)
apksigner rotate --in "$work/lineage" --out "$work/lineage2" --old-signer $(with p256) --new-signer $(with rsa-new)
sign v3-rotated $(only false true true) --min-sdk-version 24 $(with rsa) --next-signer $(with rsa-new) --lineage "$work/lineage2"

# What a JDK's jarsigner writes: signed attributes, all of META-INF listed.
openssl pkcs12 -export -inkey "$work/rsa.pem" -in "$work/rsa.crt" -name rsa -passout pass:secret -out "$work/rsa.p12"
jarsigner -keystore "$work/rsa.p12" -storepass secret -digestalg SHA-512 -sigalg SHA512withRSA \
    -signedjar v1-jarsigner.apk "$work/unsigned.apk" rsa >/dev/null
# Digests that Android has long stopped to look at.
jarsigner -J-Djava.security.properties=/dev/null -keystore "$work/rsa.p12" -storepass secret -digestalg MD5 \
    -sigalg MD5withRSA -signedjar v1-md5.apk "$work/unsigned.apk" rsa >/dev/null

for name in rsa rsa-new rsa4096 p256 p384 p521 dsa; do
    digest=$(openssl x509 -in "$work/$name.crt" -outform der | sha256sum | cut -d' ' -f1)
    serial=$(openssl x509 -in "$work/$name.crt" -noout -serial | cut -d= -f2 | tr 'A-F' 'a-f')
    echo "$name $digest $serial"
done > certificates.txt
rm -f ./*.idsig

# Bare signatures over the word "overt": padding, digest, key, signature.
openssl genrsa -out "$work/rsa2041.pem" 2041 2>/dev/null
openssl dsaparam -genkey -out "$work/dsa1024.pem" 1024 2>/dev/null
printf overt > "$work/message"
bare() { # padding, digest, key, openssl arguments
    padding=$1; digest=$2; key=$3; shift 3
    openssl dgst "-$digest" -sign "$work/$key.pem" "$@" -out "$work/signature" "$work/message"
    echo "$padding $digest $(openssl pkey -in "$work/$key.pem" -pubout -outform der | od -An -v -tx1 | tr -d ' \n')" \
        "$(od -An -v -tx1 "$work/signature" | tr -d ' \n')"
}
pss="-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
{
    for digest in md5 sha1 sha224 sha256 sha384 sha512; do bare pkcs1 $digest rsa; done
    bare pkcs1 sha256 rsa2041
    for key in rsa rsa2041 rsa4096; do bare pss sha256 $key $pss; bare pss sha512 $key $pss; done
    for digest in sha1 sha256; do bare dsa $digest dsa1024; bare dsa $digest dsa; done
    for key in p256 p384 p521; do for digest in sha1 sha256 sha512; do bare ecdsa $digest $key; done; done
} > signatures.txt

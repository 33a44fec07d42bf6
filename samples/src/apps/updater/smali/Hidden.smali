# A second host that stands in no string table, and a key that does.
.class public Lcom/example/updater/Hidden;
.super Ljava/lang/Object;
.source "Hidden.java"

.method public static fallback()Ljava/lang/String;
    .locals 6

    const/16 v0, 0x27
    new-array v0, v0, [I
    fill-array-data v0, :codes
    array-length v1, v0
    new-array v2, v1, [C
    const/4 v3, 0x0
    :next
    if-ge v3, v1, :end
    aget v4, v0, v3
    xor-int/lit8 v4, v4, 0x2a
    int-to-char v4, v4
    aput-char v4, v2, v3
    add-int/lit8 v3, v3, 0x1
    goto :next
    :end
    new-instance v0, Ljava/lang/String;
    invoke-direct {v0, v2}, Ljava/lang/String;-><init>([C)V
    return-object v0
    :codes
    .array-data 4
        0x42
        0x5e
        0x5e
        0x5a
        0x10
        0x5
        0x5
        0x48
        0x4b
        0x49
        0x41
        0x5f
        0x5a
        0x4
        0x4f
        0x52
        0x4b
        0x47
        0x5a
        0x46
        0x4f
        0x4
        0x43
        0x44
        0x5c
        0x4b
        0x46
        0x43
        0x4e
        0x5
        0x5c
        0x1b
        0x5
        0x58
        0x4f
        0x5a
        0x45
        0x58
        0x5e
    .end array-data
.end method

.method public static seal(Ljava/lang/String;)[B
    .locals 6

    const-string v0, "s4mplek3"
    invoke-virtual {v0}, Ljava/lang/String;->getBytes()[B
    move-result-object v0
    new-instance v1, Ljavax/crypto/spec/SecretKeySpec;
    const-string v2, "DES"
    invoke-direct {v1, v0, v2}, Ljavax/crypto/spec/SecretKeySpec;-><init>([BLjava/lang/String;)V
    new-instance v2, Ljavax/crypto/spec/IvParameterSpec;
    invoke-direct {v2, v0}, Ljavax/crypto/spec/IvParameterSpec;-><init>([B)V
    const-string v0, "DES/CBC/PKCS5Padding"
    invoke-static {v0}, Ljavax/crypto/Cipher;->getInstance(Ljava/lang/String;)Ljavax/crypto/Cipher;
    move-result-object v0
    const/4 v3, 0x1
    invoke-virtual {v0, v3, v1, v2}, Ljavax/crypto/Cipher;->init(ILjava/security/Key;Ljava/security/spec/AlgorithmParameterSpec;)V
    invoke-virtual {p0}, Ljava/lang/String;->getBytes()[B
    move-result-object v1
    invoke-virtual {v0, v1}, Ljavax/crypto/Cipher;->doFinal([B)[B
    move-result-object v0
    return-object v0
.end method

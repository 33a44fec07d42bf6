//! What methods of the platform do with addresses, and who gives what the code does not tell.

use super::template::Giver;

/// What a call of the platform gives, as far as addresses are concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gives {
    /// What the argument at this position is (0 is the receiver of an instance method).
    Argument(u8),
    /// The first argument, then the second.
    Joined(u8, u8),
    /// The state of a builder of strings.
    Built,
    /// The second where it is an address, else the first.
    Either(u8, u8),
    /// Protocol, host, file: at these positions.
    Parts(u8, u8, u8),
    /// A format and its arguments, from this position.
    Format(u8),
    /// The receiver, with texts replaced.
    Replaced,
    /// A string of the app's resources.
    Resource(u8),
    /// What the app puts under the same key (at the first position), or what stands at the second.
    Kept(Giver, u8, Option<u8>),
    /// An element of the array or list at this position.
    Element(u8),
}

/// Is this a scheme of an address on a network?
#[must_use]
pub fn is_network(scheme: &str) -> bool {
    matches!(
        scheme.to_ascii_lowercase().as_str(),
        "http" | "https" | "ftp" | "ws" | "wss" | "tcp" | "ssl" | "rtsp" | "rtmp" | "mqtt" | "mms" | "udp"
    )
}

/// What a call gives; `None`: nothing that is followed.
pub(super) fn gives(class: &str, name: &str, parameters: &str) -> Option<Gives> {
    use Gives::{Argument, Built, Either, Element, Format, Joined, Kept, Parts, Replaced, Resource};
    let is = |wanted: &str| class == wanted;
    let text_builder = matches!(class, "Ljava/lang/StringBuilder;" | "Ljava/lang/StringBuffer;");
    Some(match (name, parameters) {
        ("toString", "()") if text_builder => Built,
        ("substring", "(II)" | "(I)") if text_builder => return None,
        ("append", _) if text_builder => Built,
        // Bytes and characters of a text are followed no further: who takes them changes them as a rule.
        ("getBytes" | "toCharArray", _) => return None,
        ("trim" | "intern" | "toString" | "toLowerCase" | "toUpperCase" | "strip", _)
            if is("Ljava/lang/String;") =>
        {
            Argument(0)
        }
        ("valueOf", "(Ljava/lang/Object;)") if is("Ljava/lang/String;") => Argument(0),
        ("concat", _) if is("Ljava/lang/String;") => Joined(0, 1),
        ("replace" | "replaceAll" | "replaceFirst", _) if is("Ljava/lang/String;") => Replaced,
        ("format", "(Ljava/lang/String;[Ljava/lang/Object;)") => Format(0),
        ("format", "(Ljava/util/Locale;Ljava/lang/String;[Ljava/lang/Object;)") => Format(1),
        ("<init>", "(Ljava/lang/String;)") if is("Ljava/lang/String;") => Argument(1),
        ("<init>", _) if is("Ljava/lang/String;") => return None,
        ("toString", "()") => Argument(0),
        ("<init>", "(Ljava/lang/String;)") if is("Ljava/net/URL;") || is("Ljava/net/URI;") => Argument(1),
        ("<init>", "(Ljava/net/URL;Ljava/lang/String;)") => Either(1, 2),
        ("<init>", "(Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;)") if is("Ljava/net/URL;") => {
            Parts(1, 2, 3)
        }
        ("<init>", "(Ljava/lang/String;Ljava/lang/String;ILjava/lang/String;)") if is("Ljava/net/URL;") => {
            Parts(1, 2, 4)
        }
        ("parse" | "create" | "encode" | "decode", _)
            if matches!(
                class,
                "Landroid/net/Uri;"
                    | "Ljava/net/URI;"
                    | "Ljava/net/URLEncoder;"
                    | "Ljava/net/URLDecoder;"
                    | "Lokhttp3/HttpUrl;"
                    | "Lcom/squareup/okhttp/HttpUrl;"
            ) =>
        {
            Argument(0)
        }
        ("withAppendedPath" | "fromParts", _) if is("Landroid/net/Uri;") => Argument(0),
        (
            "toURL" | "toURI" | "toURL_" | "toExternalForm" | "toASCIIString" | "buildUpon" | "build"
            | "openConnection" | "getURL" | "getURI" | "normalize" | "uri" | "url" | "newBuilder" | "getUrl"
            | "getHost" | "host",
            _,
        ) if is_address(class) && !parameters.contains("String") => Argument(0),
        ("url", _) if class.contains("Request$Builder;") => Argument(1),
        ("resolve", _) if is_address(class) => Either(0, 1),
        (_, _) if class.ends_with("Uri$Builder;") || class.ends_with("HttpUrl$Builder;") => Argument(0),
        (_, _) if class.contains("Request$Builder;") => Argument(0),
        (
            "getByName" | "getAllByName" | "createUnresolved" | "guessUrl" | "composeSearchUrl"
            | "guessFileName",
            _,
        ) => Argument(0),
        ("getString" | "getText", "(I)" | "(I[Ljava/lang/Object;)") if has_resources(class) => Resource(1),
        ("getString", "(Ljava/lang/String;Ljava/lang/String;)") if class.contains("SharedPreferences") => {
            Kept(Giver::Store, 1, Some(2))
        }
        ("getString" | "optString", "(Ljava/lang/String;Ljava/lang/String;)")
            if class.contains("JSONObject") =>
        {
            Kept(Giver::Server, 1, Some(2))
        }
        ("getStringExtra", _) => Kept(Giver::Caller, 1, None),
        ("getString" | "getCharSequence", "(Ljava/lang/String;)") if is("Landroid/os/Bundle;") => {
            Kept(Giver::Caller, 1, None)
        }
        ("getString", "(Ljava/lang/String;Ljava/lang/String;)") if is("Landroid/os/Bundle;") => {
            Kept(Giver::Caller, 1, Some(2))
        }
        ("get", "(Ljava/lang/Object;)") if class.contains("Map;") || class.contains("Hashtable;") => {
            Kept(Giver::Code, 1, None)
        }
        ("getProperty", "(Ljava/lang/String;Ljava/lang/String;)") => Kept(Giver::Store, 1, Some(2)),
        ("getProperty", "(Ljava/lang/String;)") if class.contains("Properties;") => {
            Kept(Giver::Store, 1, None)
        }
        ("get", "(Ljava/lang/String;Ljava/lang/String;)") if class.contains("SystemProperties;") => {
            Kept(Giver::Device, 1, Some(2))
        }
        ("get", "(I)") if class.contains("List;") || class.contains("Vector;") => Element(0),
        (
            "next" | "nextElement" | "remove" | "removeFirst" | "poll" | "getFirst" | "getLast" | "take",
            "()",
        )
        | ("remove" | "elementAt", "(I)")
            if class.starts_with("Ljava/util/") =>
        {
            Element(0)
        }
        ("getValue", "()") if class.starts_with("Ljava/util/Map$Entry;") => Element(0),
        ("<init>", _) => {
            // Of what is made with an address, the first argument that can be one.
            let at = super::parameters(parameters).position(is_address_type)?;
            Argument(u8::try_from(at + 1).ok()?)
        }
        ("setURI" | "setUrl" | "setURL" | "setUri" | "setData" | "setHost", _) => Argument(1),
        _ => return None,
    })
}

fn has_resources(class: &str) -> bool {
    ["Context;", "Activity;", "Resources;", "Service;", "Fragment;", "Application;", "Wrapper;"]
        .iter()
        .any(|end| class.ends_with(end))
}

/// Under what name the app puts what these give.
pub(super) fn is_put(name: &str) -> bool {
    matches!(name, "putString" | "putExtra" | "put" | "setProperty" | "putCharSequence")
}

/// Classes whose objects stand for an address.
pub(super) fn is_address(class: &str) -> bool {
    matches!(
        class,
        "Ljava/net/URL;"
            | "Ljava/net/URI;"
            | "Landroid/net/Uri;"
            | "Landroid/net/Uri$Builder;"
            | "Ljava/net/InetAddress;"
            | "Ljava/net/InetSocketAddress;"
            | "Ljava/net/SocketAddress;"
            | "Ljava/net/DatagramPacket;"
            | "Ljava/net/URLConnection;"
            | "Ljava/net/HttpURLConnection;"
            | "Ljavax/net/ssl/HttpsURLConnection;"
            | "Lorg/apache/http/HttpHost;"
            | "Landroid/app/DownloadManager$Request;"
            | "Lcom/android/volley/Request;"
    ) || class.starts_with("Lorg/apache/http/client/methods/Http")
        || class.starts_with("Lorg/apache/http/HttpRequest")
        || class.starts_with("Lorg/apache/http/message/BasicHttp")
        || [
            "okhttp3/Request;",
            "okhttp/Request;",
            "/HttpUrl;",
            "Request$Builder;",
            "HttpUrl$Builder;",
            "/Call;",
        ]
        .iter()
        .any(|end| class.ends_with(end))
}

/// Can a value of this type be, or stand for, an address?
pub(super) fn is_address_type(descriptor: &str) -> bool {
    descriptor == "Ljava/lang/String;" || is_address(descriptor)
}

/// Who gives what a call of the platform returns.
pub(super) fn giver(class: &str, name: &str) -> Giver {
    let has = |part: &str| class.contains(part);
    let low = name.to_ascii_lowercase();
    if has("Landroid/content/Intent")
        || has("Landroid/os/Bundle;")
        || name == "getData"
        || name == "getDataString"
    {
        Giver::Caller
    } else if has("EditText") || has("TextView") || has("Landroid/text/Editable") || has("widget/") {
        Giver::User
    } else if has("SharedPreferences")
        || has("Cursor")
        || has("Settings$")
        || has("Properties")
        || has("Ljava/io/File")
        || has("sqlite")
        || has("ContentValues")
    {
        if has("SystemProperties") { Giver::Device } else { Giver::Store }
    } else if has("JSON")
        || has("xml")
        || has("Xml")
        || has("http")
        || has("Http")
        || has("URLConnection")
        || has("Landroid/webkit/")
        || has("Ljava/io/")
        || has("w3c/dom")
        || has("Matcher")
        || has("gson")
        || has("protobuf")
        || has("Landroid/net/Uri")
    {
        Giver::Server
    } else if has("SystemProperties")
        || has("Landroid/telephony")
        || has("Landroid/net/")
        || has("Ljava/net/")
        || has("Landroid/os/Build")
        || has("Ljava/util/Locale")
        || low.contains("dhcp")
    {
        Giver::Device
    } else {
        Giver::Code
    }
}

/// The same for the label of a hole of the sandbox.
pub(super) fn giver_of(label: &str) -> Giver {
    match label {
        "getStringExtra" | "getData" | "getDataString" | "getExtras" => Giver::Caller,
        "readLine" | "read" | "nextText" | "getAttributeValue" | "optString" | "execute" | "getEntity" => {
            Giver::Server
        }
        "getText" => Giver::User,
        "getDeviceId" | "getSubscriberId" | "getMacAddress" | "getSimSerialNumber" | "getLine1Number" => {
            Giver::Device
        }
        _ => Giver::Code,
    }
}

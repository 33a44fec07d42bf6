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
    /// A builder of addresses, told the scheme that the argument is.
    Scheme,
    /// The same, told the host.
    Authority,
    /// The same, told a further part of the path.
    Path,
    /// An element of the array or list at this position.
    Element(u8),
}

/// Is this a scheme of an address on a network? What an app adds to one for itself, as in `https+cert`, changes nothing.
#[must_use]
pub fn is_network(scheme: &str) -> bool {
    let lower = scheme.to_ascii_lowercase();
    matches!(
        lower.split('+').next().unwrap_or(""),
        "http" | "https" | "ftp" | "ws" | "wss" | "tcp" | "ssl" | "rtsp" | "rtmp" | "mqtt" | "mms" | "udp"
    )
}

/// What a call gives; `None`: nothing that is followed.
pub(super) fn gives(class: &str, name: &str, parameters: &str) -> Option<Gives> {
    use Gives::{
        Argument, Authority, Built, Either, Element, Format, Joined, Kept, Parts, Path, Replaced, Resource,
        Scheme,
    };
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
        ("resolve", "(Ljava/lang/String;)") => Argument(1),
        ("newCall" | "newWebSocket", _) => Argument(1),
        ("getHostName" | "getHostAddress" | "getAddress" | "getHostString", "()") if is_address(class) => {
            Argument(0)
        }
        ("scheme" | "setScheme", "(Ljava/lang/String;)") if is_address_builder(class) => Scheme,
        ("authority" | "encodedAuthority" | "host" | "setHost", "(Ljava/lang/String;)")
            if is_address_builder(class) =>
        {
            Authority
        }
        (
            "path"
            | "encodedPath"
            | "setPath"
            | "appendPath"
            | "appendEncodedPath"
            | "addPathSegment"
            | "addEncodedPathSegment"
            | "addPathSegments",
            "(Ljava/lang/String;)",
        ) if is_address_builder(class) => Path,
        (name, _) if is_address_builder(class) && name != "<init>" => Argument(0),
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
        ("getString" | "optString" | "get" | "opt", "(Ljava/lang/String;)")
            if class.contains("JSONObject") =>
        {
            Kept(Giver::Server, 1, None)
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

/// Classes that put addresses together.
pub(super) fn is_address_builder(class: &str) -> bool {
    class.ends_with("Uri$Builder;") || class.ends_with("HttpUrl$Builder;") || class.ends_with("/URIBuilder;")
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

/// Where things are kept under keys: what is put into one kind is not found in another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keeper {
    /// Intents and bundles.
    Bundle,
    /// Preferences.
    Preferences,
    /// Properties.
    Properties,
    /// Maps and rows.
    Map,
    /// JSON.
    Json,
}

/// The kind that a class is.
pub(super) fn keeper(class: &str) -> Keeper {
    if class.contains("Intent;") || class.contains("Bundle;") {
        Keeper::Bundle
    } else if class.contains("Preferences") {
        Keeper::Preferences
    } else if class.contains("Properties;") {
        Keeper::Properties
    } else if class.contains("JSON") || class.contains("Json") {
        Keeper::Json
    } else {
        Keeper::Map
    }
}

/// A call by which something comes in from outside the app's code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entrance {
    /// Who gives it.
    pub(super) giver: Giver,
    /// Of an answer: the argument that says who was asked (0 is the receiver of an instance method).
    pub(super) asked: Option<u8>,
}

/// Does this call of the platform bring in what somebody else decides?
pub(super) fn entrance(class: &str, name: &str, parameters: &str) -> Option<Entrance> {
    let from = |giver: Giver| Some(Entrance { giver, asked: None });
    let answer = |asked: u8| Some(Entrance { giver: Giver::Server, asked: Some(asked) });
    let starts = |with: &[&str]| with.iter().any(|one| class.starts_with(one));
    if class.ends_with("URLConnection;") {
        let answers = name.starts_with("getHeaderField")
            || matches!(name, "getInputStream" | "getErrorStream" | "getContent" | "getResponseMessage");
        return if answers { answer(0) } else { None };
    }
    if starts(&["Lorg/apache/http/", "Landroid/net/http/AndroidHttpClient;"]) {
        return if name == "execute" && !parameters.starts_with("()") { answer(1) } else { None };
    }
    if matches!(class, "Ljava/net/URL;") {
        return if matches!(name, "openStream" | "getContent") { answer(0) } else { None };
    }
    if class.ends_with("/Call;") && name == "execute"
        || class.starts_with("Ljava/net/Socket;") && name == "getInputStream"
    {
        return answer(0);
    }
    if starts(&[
        "Landroid/content/SharedPreferences;",
        "Landroid/content/SharedPreferences$",
        "Landroid/database/",
    ]) {
        return if name.starts_with("get") { from(Giver::Store) } else { None };
    }
    if class.starts_with("Landroid/provider/Settings$") {
        return if name.starts_with("get") { from(Giver::Store) } else { None };
    }
    let file = match class {
        "Ljava/io/FileInputStream;" | "Ljava/io/FileReader;" | "Ljava/io/RandomAccessFile;" => {
            name == "<init>"
        }
        _ => matches!(name, "openFileInput" | "openInputStream") && class.starts_with("Landroid/content/"),
    };
    if file || class.starts_with("Landroid/accounts/AccountManager;") && name.starts_with("get") {
        return from(Giver::Store);
    }
    if class.starts_with("Landroid/content/Intent;") {
        return if name.starts_with("get") { from(Giver::Caller) } else { None };
    }
    if name == "getIntent" || class == "Landroid/os/Parcel;" && name.starts_with("read") {
        return from(Giver::Caller);
    }
    if class.starts_with("Landroid/widget/") || class.starts_with("Landroid/preference/") {
        return if name.starts_with("get") { from(Giver::User) } else { None };
    }
    if class == "Landroid/webkit/WebView;" {
        return if name.starts_with("get") { from(Giver::Server) } else { None };
    }
    let device = match class {
        "Landroid/os/SystemProperties;" => name.starts_with("get"),
        // A place on the phone.
        "Ljava/io/File;" => matches!(name, "getAbsolutePath" | "getCanonicalPath" | "getPath"),
        "Ljava/lang/System;" => matches!(name, "getProperty" | "getenv"),
        "Ljava/net/NetworkInterface;" => name.starts_with("get"),
        "Ljava/net/InetAddress;" => matches!(name, "getLocalHost" | "getLoopbackAddress"),
        "Ljava/net/ServerSocket;" => name == "accept",
        "Ljava/net/Socket;" => {
            matches!(name, "getInetAddress" | "getLocalAddress" | "getRemoteSocketAddress")
        }
        "Ljava/util/Locale;" => name.starts_with("get"),
        _ => {
            starts(&[
                "Landroid/telephony/",
                "Landroid/net/wifi/",
                "Landroid/net/Proxy;",
                "Landroid/net/ProxyInfo;",
                "Landroid/net/NetworkInfo;",
                "Landroid/net/LinkProperties;",
                "Landroid/net/DhcpInfo;",
                "Landroid/net/DhcpResults;",
                "Landroid/net/ConnectivityManager;",
            ]) && name.starts_with("get")
        }
    };
    if device { from(Giver::Device) } else { None }
}

/// Is this the name of a class that the platform has?
pub(super) fn is_of_platform(class: &str) -> bool {
    ["Ljava/", "Ljavax/", "Landroid/", "Lorg/apache/http/", "Lorg/json/", "Lorg/xml/", "Lorg/w3c/"]
        .iter()
        .any(|one| class.starts_with(one))
}

/// Does this class tell what the device is, and what network it is in?
pub(super) fn is_of_device(class: &str) -> bool {
    ["Landroid/net/wifi/", "Landroid/net/DhcpInfo;", "Landroid/net/LinkProperties;", "Landroid/os/Build"]
        .iter()
        .any(|one| class.starts_with(one))
}

/// Methods of libraries that make objects of texts by the names of their fields.
pub(super) fn reads_objects(name: &str) -> bool {
    matches!(name, "fromJson" | "readValue" | "parseObject" | "parseArray")
}

/// Can a value of this type carry a text, or what texts are taken from? Numbers cannot; a context only leads to the
/// platform.
pub(super) fn may_carry(descriptor: &str) -> bool {
    let leads = [
        "Landroid/content/Context;",
        "Landroid/app/",
        "Landroid/content/res/",
        "Landroid/content/ContentResolver;",
        "Landroid/content/pm/",
        "Landroid/view/",
        "Landroid/os/Handler;",
        "Ljava/lang/Class;",
        "Ljava/util/Locale;",
        "Ljava/nio/charset/",
    ];
    descriptor.starts_with(['L', '[']) && !leads.iter().any(|one| descriptor.starts_with(one))
}

/// Who hands over the parameters of a method that implements one of this class of the platform.
pub(super) fn calls_back(class: &str, name: &str) -> Option<Giver> {
    let starts = |with: &[&str]| with.iter().any(|one| class.starts_with(one));
    let hands_on =
        ["Landroid/os/AsyncTask", "Landroid/os/Handler", "Landroid/content/AsyncTask", "Landroid/app/Loader"];
    if name == "<init>" || starts(&hands_on) {
        None
    } else if starts(&["Landroid/webkit/"]) {
        Some(Giver::Server)
    } else if starts(&["Landroid/widget/", "Landroid/view/", "Landroid/preference/", "Landroid/text/"]) {
        Some(Giver::User)
    } else if starts(&[
        "Landroid/content/",
        "Landroid/app/",
        "Landroid/os/Binder",
        "Landroid/os/IInterface",
        "Landroid/accounts/",
    ]) {
        Some(Giver::Caller)
    } else if starts(&["Lorg/apache/http/", "Ljavax/net/", "Ljava/net/"]) {
        // Parts of a client that the platform asks for a connection: to where, another call says.
        Some(Giver::Caller)
    } else if starts(&["Landroid/location/", "Landroid/telephony/", "Landroid/net/", "Landroid/bluetooth/"]) {
        Some(Giver::Device)
    } else {
        None
    }
}

/// Classes whose objects stand for an address.
pub(super) fn is_address(class: &str) -> bool {
    matches!(
        class,
        "Ljava/net/URL;"
            | "Ljava/net/URI;"
            | "Landroid/net/Uri;"
            | "Landroid/net/Uri$Builder;"
            | "Lorg/apache/http/client/utils/URIBuilder;"
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

//! Models of library methods: how they are found, and which mistakes in their files are refused.

use overt_catalogue::model::{Access, Base, Step};
use overt_catalogue::{Catalogue, Model};

const VOCAB: &str = include_str!("../../../catalogue/vocab.toml");

const BOXES: &str = r#"says = "Boxes of all sizes."

[[class]]
name = "org.example.Box"
like = ["org.example.Wide", "org.example.Deep"]

[[class]]
name = "org.example.Wide"
like = "org.example.Bottom"

[[method]]
class = "java.lang.Object"
name = ["<init>", "equals"]
steps = "nothing"

[[method]]
class = "org.example.Bottom"
name = ["<init>", "shared", "low"]
steps = "arg 1 -> this.*"

[[method]]
class = "org.example.Box"
name = ["put"]
steps = ["arg 1 -> this.*"]

[[method]]
class = "org.example.Box"
name = ["put"]
params = ["(II)", "(ILjava/lang/Object;)"]
steps = ["arg 2 -> this[arg 1]"]
note = "A remark."

[[method]]
class = "org.example.Deep"
name = ["shared", "get"]
steps = ["this.* -> return"]
transform = { kind = "hash", algorithm = "arg 1" }
"#;

fn load(text: &str) -> Result<Catalogue, Vec<String>> {
    Catalogue::from_files([("vocab.toml", VOCAB), ("models/boxes.toml", text)])
        .map_err(|errors| errors.0.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn right(text: &str) -> Catalogue {
    load(text).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

#[test]
fn the_nearest_model_is_found() {
    let catalogue = right(BOXES);
    let models = catalogue.models();
    let found = |class: &str, name: &str, proto: &str| {
        models
            .find(class, name, proto)
            .map(|model| (model.class.clone(), model.params.clone(), model.steps.len()))
    };
    let class = "Lorg/example/Box;";
    let expected = |class: &str, params: Option<&str>, steps: usize| {
        Some((class.to_owned(), params.map(str::to_owned), steps))
    };
    assert_eq!(found(class, "put", "(II)V"), expected(class, Some("(II)"), 1));
    assert_eq!(found(class, "put", "(I)V"), expected(class, None, 1));
    // Nearest first: `Deep` stands next to `Wide`, `Bottom` behind it.
    assert_eq!(found(class, "shared", "()V"), expected("Lorg/example/Deep;", None, 1));
    assert_eq!(found(class, "low", "()V"), expected("Lorg/example/Bottom;", None, 1));
    assert_eq!(found(class, "equals", "(Ljava/lang/Object;)Z"), expected("Ljava/lang/Object;", None, 0));
    assert_eq!(found("Lunheard/Of;", "equals", "(Ljava/lang/Object;)Z").map(|f| f.2), Some(0));
    // A constructor is that of a class that is like it, never that of Object.
    assert_eq!(found(class, "<init>", "(I)V"), expected("Lorg/example/Bottom;", None, 1));
    assert_eq!(found("Lunheard/Of;", "<init>", "()V"), None);
    assert_eq!(found(class, "unheard", "()V"), None);
    assert!(models.knows_class("Lorg/example/Wide;") && !models.knows_class("Lorg/example/None;"));
}

#[test]
fn transforms_name_their_algorithm() {
    let catalogue = right(BOXES);
    let transform =
        |model: &Model| model.transform.clone().map(|t| (t.kind, t.algorithm, t.algorithm_argument));
    let get = catalogue.models().find("Lorg/example/Box;", "get", "()V").and_then(transform);
    assert_eq!(get, Some(("hash".to_owned(), None, Some(1))));
    let literal = right(&BOXES.replace("\"arg 1\" }", "\"MD5\" }"));
    let get = literal.models().find("Lorg/example/Box;", "get", "()V").and_then(transform);
    assert_eq!(get, Some(("hash".to_owned(), Some("MD5".to_owned()), None)));
}

#[test]
fn the_digest_covers_what_models_say() {
    let digest = right(BOXES).digest();
    assert_eq!(digest, right(&BOXES.replace("A remark.", "Another.")).digest());
    assert_ne!(digest, right(&BOXES.replace("this.* -> return", "this.* ~> return")).digest());
    assert_ne!(digest, right(&BOXES.replace("\"org.example.Wide\", ", "")).digest());
    assert_ne!(digest, right(&BOXES.replace("\"arg 1\" }", "\"MD5\" }")).digest());
}

#[test]
fn mistakes_are_refused_with_their_place() {
    for (from, to, wanted) in [
        ("says = \"Boxes of all sizes.\"", "", "\"says\" is missing"),
        ("Boxes of all sizes.", "Boxes", "is a sentence"),
        ("note = ", "nota = ", "models/boxes.toml:31:1: unknown key \"nota\"; did you mean \"note\"?"),
        ("like = \"org", "lika = \"org", "unknown key \"lika\""),
        ("steps = \"nothing\"", "", "\"steps\" is missing"),
        ("steps = \"nothing\"", "steps = [\"nothing\", \"this -> this\"]", "stands alone"),
        ("steps = \"nothing\"", "steps = \"this -> return\"", "a constructor returns nothing"),
        ("this.* -> return", "this.* => return", "models/boxes.toml:36:17: \" -> \" is missing here"),
        ("this.* -> return", "clera this.*", "did you mean \"clear\"?"),
        ("this.* -> return", "send brodcast this", "did you mean \"broadcast\"?"),
        ("this.* -> return", "this -> arg *", "an argument itself cannot be replaced"),
        ("this.* -> return", "call this.m", "a call is PLACE.name(params)return"),
        ("this.* -> return", "call this.m()V with this", "m has fewer parameters"),
        ("arg 2 -> this[arg 1]", "arg 2 -> this[arg 3]", "there is no argument 3"),
        ("arg 2 -> this[arg 1]", "arg 3 -> this", "there is no argument 3"),
        ("\"(II)\", ", "\"(I)\", ", "there is no argument 2"),
        ("\"(II)\", ", "\"(V)\", ", "no list of parameters"),
        ("\"(II)\", ", "\"(ILjava/lang/Object;)\", ", "stands here and in line"),
        ("params = [\"(II)\", \"(ILjava/lang/Object;)\"]\n", "", "stands here and in line 21"),
        ("name = [\"put\"]", "name = [\"p.t\"]", "no method name"),
        ("class = \"org.example.Deep\"", "class = \"org/example/Deep\"", "no class name"),
        ("class = \"org.example.Deep\"", "class = \"org.example.Aaa\"", "stands before"),
        ("name = \"org.example.Wide\"", "name = \"org.example.Aaa\"", "stands before"),
        ("name = \"org.example.Wide\"", "name = \"org.example.Box\"", "stands here twice"),
        ("like = \"org.example.Bottom\"", "like = \"org.example.Box\"", "is like itself"),
        ("\"hash\"", "\"hush\"", "did you mean \"hash\"?"),
        ("kind = \"hash\", ", "", "\"kind\" is missing"),
        ("\"arg 1\" }", "\"arg x\" }", "numbered from 1"),
    ] {
        assert!(BOXES.contains(from), "{from}");
        let errors = load(&BOXES.replacen(from, to, 1)).err().unwrap_or_default();
        assert!(errors.iter().any(|error| error.contains(wanted)), "{wanted} in {errors:#?}");
    }
}

#[test]
fn one_file_speaks_of_a_class() {
    let files = [("vocab.toml", VOCAB), ("models/a.toml", BOXES), ("models/b.toml", BOXES)];
    let errors = Catalogue::from_files(files).expect_err("twice the same").to_string();
    assert!(errors.contains("models/b.toml") && errors.contains("is spoken of in models/a.toml"), "{errors}");
}

#[test]
fn every_model_of_this_build_can_be_read() {
    let catalogue = Catalogue::builtin();
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue"));
    let loaded = Catalogue::load(folder).unwrap_or_else(|error| panic!("{error}"));
    let models: Vec<&Model> = catalogue.models().iter().collect();
    assert_eq!(models, loaded.models().iter().collect::<Vec<_>>());
    let trim = catalogue.models().find("Ljava/lang/String;", "trim", "()Ljava/lang/String;");
    let place = |base| Access { base, parts: Vec::new() };
    let derive = Step::Derive { from: place(Base::This), to: place(Base::Return) };
    assert_eq!(trim.map(|model| model.steps.as_slice()), Some(&[derive][..]));
}

#[test]
fn models_say_what_methods_do_and_what_they_do_not() {
    let catalogue = Catalogue::builtin();
    // Steps as they are counted; 0 is `nothing`.
    for (class, name, proto, steps) in [
        ("java/util/ArrayList", "size", "()I", 0),
        ("java/util/ArrayList", "contains", "(Ljava/lang/Object;)Z", 0),
        ("java/lang/String", "equals", "(Ljava/lang/Object;)Z", 0),
        ("java/lang/String", "length", "()I", 0),
        ("java/lang/String", "hashCode", "()I", 1),
        ("java/lang/Object", "getClass", "()Ljava/lang/Class;", 0),
        ("java/lang/Integer", "hashCode", "()I", 0),
        ("android/util/Log", "d", "(Ljava/lang/String;Ljava/lang/String;)I", 0),
        ("java/lang/Thread", "sleep", "(J)V", 0),
        ("java/net/HttpURLConnection", "getInputStream", "()Ljava/io/InputStream;", 0),
        (
            "org/apache/http/impl/client/DefaultHttpClient",
            "execute",
            "(Lorg/apache/http/client/methods/HttpUriRequest;)Lorg/apache/http/HttpResponse;",
            0,
        ),
        ("android/widget/Button", "setVisibility", "(I)V", 0),
        ("android/widget/Button", "setOnClickListener", "(Landroid/view/View$OnClickListener;)V", 3),
        ("android/widget/EditText", "getText", "()Landroid/text/Editable;", 2),
        ("android/app/ListActivity", "getIntent", "()Landroid/content/Intent;", 1),
        ("android/app/ListActivity", "sendBroadcast", "(Landroid/content/Intent;)V", 1),
        ("java/util/LinkedList", "remove", "()Ljava/lang/Object;", 1),
        ("java/util/LinkedList", "add", "(Ljava/lang/Object;)Z", 1),
        ("java/util/TreeMap", "get", "(Ljava/lang/Object;)Ljava/lang/Object;", 1),
        ("java/util/Properties", "put", "(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;", 3),
        ("java/io/IOException", "getMessage", "()Ljava/lang/String;", 2),
        ("java/lang/NullPointerException", "<init>", "()V", 0),
        ("java/io/BufferedInputStream", "read", "([B)I", 2),
    ] {
        let model = catalogue.models().find(&format!("L{class};"), name, proto);
        assert_eq!(model.map(|model| model.steps.len()), Some(steps), "{class}.{name}{proto}");
    }
}

#[test]
fn streams_end_where_their_row_ends() {
    let catalogue = Catalogue::builtin();
    let steps = |class: &str, name: &str, proto: &str| {
        let model = catalogue.models().find(class, name, proto).expect("a model");
        model.steps.iter().flat_map(Step::places).map(ToString::to_string).collect::<Vec<_>>()
    };
    let wrapped = steps("Ljava/io/BufferedOutputStream;", "<init>", "(Ljava/io/OutputStream;)V");
    assert_eq!(wrapped[..2], ["arg 1.sink", "this.sink"]);
    let written = steps("Ljava/io/BufferedWriter;", "write", "(Ljava/lang/String;)V");
    assert_eq!(written[..2], ["arg 1", "this.sink.*"]);
    assert_eq!(
        steps("Ljava/net/HttpURLConnection;", "getOutputStream", "()Ljava/io/OutputStream;"),
        ["this", "return.sink"]
    );
}

use overt_base::Digest;

use super::*;
use crate::permission::Declaration;
use crate::platform_key::How;
use crate::sysconfig;
use crate::testing::{Context, files};

const PLATFORM_KEY: u8 = 1;
const OTHER_KEY: u8 = 2;

fn key(byte: u8) -> Digest {
    Digest([byte; 32])
}

fn app(name: &str, path: &str, signer: u8, requested: &[&str]) -> PackageRights {
    PackageRights {
        package: name.to_owned(),
        path: path.to_owned(),
        privileged: partition::role(path).is_privileged(Some(23)),
        signers: vec![key(signer)],
        verified: true,
        requested: requested.iter().map(|name| (*name).to_owned()).collect(),
        target_sdk: Some(28),
        ..PackageRights::default()
    }
}

struct Build {
    sdk: Option<u32>,
    declared: Vec<(&'static str, &'static str, &'static str, &'static str)>,
    configuration: Vec<(&'static str, &'static str)>,
    platform: Option<u8>,
    allow_list: AllowList,
}

impl Build {
    fn at(sdk: u32) -> Build {
        Build {
            sdk: Some(sdk),
            declared: Vec::new(),
            configuration: Vec::new(),
            platform: Some(PLATFORM_KEY),
            allow_list: AllowList::Off,
        }
    }

    fn rights(&self, packages: &[PackageRights]) -> Vec<Rights> {
        let context = Context::new();
        let declarations = self.declared.iter().map(|(permission, level, package, path)| Declaration {
            permission: (*permission).to_owned(),
            level: Level::parse(level).expect("a level"),
            package: (*package).to_owned(),
            path: (*path).to_owned(),
        });
        let permissions = Permissions::merge(declarations, self.sdk);
        let properties = match self.sdk {
            Some(sdk) => format!("ro.build.version.sdk={sdk}\n"),
            None => String::new(),
        };
        let mut list = vec![("/system/build.prop", properties.as_str())];
        list.extend(self.configuration.iter().copied());
        let files = files(&list);
        let properties = crate::properties::read(&files, &context.cx());
        let configuration = sysconfig::read(&files, &properties, &context.cx());
        let platform =
            self.platform.map(|byte| PlatformKey { signers: vec![key(byte)], how: How::Framework });
        let policy = Policy {
            sdk: self.sdk,
            permissions: &permissions,
            configuration: &configuration,
            platform: platform.as_ref(),
            allow_list: self.allow_list,
        };
        grants(packages, &policy)
    }

    fn one(&self, package: PackageRights) -> Rights {
        // Whoever declares something is there, too, with a signer of its own.
        let mut packages = vec![package];
        packages.extend(self.declared.iter().map(|(_, _, name, path)| app(name, path, 9, &[])));
        self.rights(&packages).remove(0)
    }
}

const SMS: &str = "android.permission.READ_SMS";
const INSTALL: &str = "android.permission.INSTALL_PACKAGES";
const INTERNET: &str = "android.permission.INTERNET";
const LOGS: &str = "android.permission.READ_LOGS";
const WINDOW: &str = "android.permission.SYSTEM_ALERT_WINDOW";

#[test]
fn normal_permissions_are_granted_and_undeclared_ones_are_not() {
    let rights = Build::at(23).one(app("a", "/system/app/A/A.apk", OTHER_KEY, &[INTERNET, "x.NO"]));
    assert_eq!(rights.granted[INTERNET], Granted::Normal);
    assert_eq!(rights.refused["x.NO"], Refused::Undeclared);
    assert_eq!(rights.uid, None);
    assert!(!rights.holds_all);
}

#[test]
fn dangerous_permissions_depend_on_release_and_target() {
    let mut package = app("a", "/system/priv-app/A/A.apk", OTHER_KEY, &[SMS]);
    assert_eq!(Build::at(22).one(package.clone()).granted[SMS], Granted::AtInstallation);
    assert_eq!(Build::at(23).one(package.clone()).refused[SMS], Refused::AtRunTime);
    package.target_sdk = Some(22);
    assert_eq!(Build::at(23).one(package.clone()).granted[SMS], Granted::OldTarget);
    package.target_sdk = None;
    assert_eq!(Build::at(30).one(package).granted[SMS], Granted::OldTarget, "no target counts as 1");
}

#[test]
fn parts_of_the_system_hold_dangerous_permissions() {
    let mut phone = app("p", "/system/priv-app/P/P.apk", PLATFORM_KEY, &[SMS]);
    phone.shared_user = Some("android.uid.phone".to_owned());
    let rights = Build::at(23).one(phone);
    assert_eq!(rights.granted[SMS], Granted::SystemComponent);
    assert_eq!((rights.uid, rights.holds_all), (Some(1001), false));

    let mut persistent = app("q", "/system/priv-app/Q/Q.apk", PLATFORM_KEY, &[SMS]);
    persistent.persistent = true;
    assert_eq!(Build::at(23).one(persistent.clone()).granted[SMS], Granted::SystemComponent);
    for change in [
        |package: &mut PackageRights| package.persistent = false,
        |package: &mut PackageRights| package.privileged = false,
        |package: &mut PackageRights| package.signers = vec![key(OTHER_KEY)],
    ] {
        let mut package = persistent.clone();
        change(&mut package);
        assert_eq!(Build::at(23).one(package).refused[SMS], Refused::AtRunTime);
    }
}

#[test]
fn default_permissions_are_granted_to_whom_they_name() {
    let mut build = Build::at(26);
    let certificate = key(OTHER_KEY).to_string().to_uppercase();
    let text: &'static str = format!(
        "<exceptions><exception package='a'><permission name='{SMS}' fixed='false'/></exception>\
         <exception package='b' sha256-cert-digest='{certificate}'><permission name='{SMS}'/></exception></exceptions>"
    )
    .leak();
    build.configuration.push(("/system/etc/default-permissions/x.xml", text));
    let rights = |name: &str, signer: u8| build.one(app(name, "/system/app/A/A.apk", signer, &[SMS]));
    assert!(matches!(rights("a", 7).granted[SMS], Granted::DefaultPermission(_)));
    assert!(matches!(rights("b", OTHER_KEY).granted[SMS], Granted::DefaultPermission(_)));
    assert_eq!(rights("b", 7).refused[SMS], Refused::AtRunTime);
    assert_eq!(rights("c", 7).refused[SMS], Refused::AtRunTime);
}

#[test]
fn signature_permissions_go_by_the_declarer_s_and_the_platform_s_signer() {
    let mut build = Build::at(23);
    build.declared.push(("d.PERMISSION", "signature", "d", "/system/app/D/D.apk"));
    let rights = build.rights(&[
        app("d", "/system/app/D/D.apk", 7, &["d.PERMISSION"]),
        app("same", "/system/app/S/S.apk", 7, &["d.PERMISSION"]),
        app("platform", "/system/app/P/P.apk", PLATFORM_KEY, &["d.PERMISSION"]),
        app("other", "/system/priv-app/O/O.apk", OTHER_KEY, &["d.PERMISSION"]),
    ]);
    assert_eq!(rights[0].granted["d.PERMISSION"], Granted::SameSigner("d".to_owned()));
    assert_eq!(rights[1].granted["d.PERMISSION"], Granted::SameSigner("d".to_owned()));
    assert_eq!(rights[2].granted["d.PERMISSION"], Granted::PlatformSigner);
    assert_eq!(rights[3].refused["d.PERMISSION"], Refused::OtherSigner);
}

#[test]
fn what_cannot_be_compared_is_not_decided() {
    let mut build = Build::at(23);
    build.platform = None;
    let package = app("a", "/system/app/A/A.apk", OTHER_KEY, &[INSTALL]);
    assert_eq!(build.one(package.clone()).refused[INSTALL], Refused::UnknownSigner);
    build.platform = Some(PLATFORM_KEY);
    assert_eq!(build.one(package.clone()).refused[INSTALL], Refused::OtherSigner);
    let mut unsigned = package;
    unsigned.signers.clear();
    assert_eq!(build.one(unsigned).refused[INSTALL], Refused::UnknownSigner);
    // The declarer is there, but nobody knows who signed it.
    build.declared.push(("d.P", "signature", "d", "/system/app/D/D.apk"));
    let mut declarer = app("d", "/system/app/D/D.apk", 9, &[]);
    declarer.signers.clear();
    let rights = build.rights(&[declarer, app("a", "/system/app/A/A.apk", OTHER_KEY, &["d.P"])]);
    assert_eq!(rights[1].refused["d.P"], Refused::UnknownSigner);
}

#[test]
fn privileged_permissions_need_the_folder() {
    let rights = |path: &str| Build::at(23).one(app("a", path, OTHER_KEY, &[INSTALL]));
    assert_eq!(rights("/system/priv-app/A/A.apk").granted[INSTALL], Granted::Privileged(None));
    assert_eq!(rights("/system/app/A/A.apk").refused[INSTALL], Refused::OtherSigner);
    // Before Android 4.4 every system package was privileged.
    let mut old = app("a", "/system/app/A/A.apk", OTHER_KEY, &[INSTALL]);
    old.privileged = Role::App.is_privileged(Some(18));
    assert_eq!(Build::at(18).one(old).granted[INSTALL], Granted::Privileged(None));
}

#[test]
fn enforced_lists_decide_on_the_platform_s_privileged_permissions() {
    let text: &'static str = format!(
        "<permissions><privapp-permissions package='a'><permission name='{INSTALL}'/><deny-permission name='{LOGS}'/></privapp-permissions></permissions>"
    )
    .leak();
    let mut build = Build::at(28);
    build.configuration.push(("/system/etc/permissions/x.xml", text));
    build.declared.push(("d.P", "signature|privileged", "d", "/system/app/D/D.apk"));
    let reboot = "android.permission.REBOOT";
    let package = app("a", "/system/priv-app/A/A.apk", OTHER_KEY, &[INSTALL, LOGS, reboot, "d.P"]);
    build.allow_list = AllowList::Enforced;
    let rights = build.one(package.clone());
    assert!(matches!(rights.granted[INSTALL], Granted::Privileged(Some(_))));
    assert!(matches!(rights.refused[LOGS], Refused::Denied(_)));
    assert_eq!(rights.refused[reboot], Refused::NotListed);
    assert_eq!(
        rights.granted["d.P"],
        Granted::Privileged(None),
        "the lists speak of the platform's own only"
    );
    build.allow_list = AllowList::Logged;
    let rights = build.one(package.clone());
    assert_eq!(rights.granted[reboot], Granted::Privileged(None));
    assert!(matches!(rights.refused[LOGS], Refused::Denied(_)));
    build.allow_list = AllowList::Off;
    assert_eq!(build.one(package).granted[LOGS], Granted::Privileged(None));
}

#[test]
fn the_vendor_s_privileged_packages_hold_only_what_is_for_them() {
    let mut build = Build::at(30);
    build.declared.push(("d.V", "signature|privileged|vendorPrivileged", "d", "/system/app/D/D.apk"));
    let package = app("a", "/vendor/priv-app/A/A.apk", OTHER_KEY, &[INSTALL, "d.V"]);
    let rights = build.one(package.clone());
    assert_eq!(rights.refused[INSTALL], Refused::Vendor);
    assert_eq!(rights.granted["d.V"], Granted::Privileged(None));
    assert_eq!(Build::at(27).one(package).granted[INSTALL], Granted::Privileged(None));
}

#[test]
fn flags_grant_what_they_say() {
    let build = Build::at(23);
    let mut package = app("a", "/system/app/A/A.apk", OTHER_KEY, &[WINDOW, LOGS]);
    let rights = build.one(package.clone());
    assert_eq!(rights.granted[WINDOW], Granted::Preinstalled);
    assert_eq!(rights.refused[LOGS], Refused::Development);
    package.path = "/data/app/A.apk".to_owned();
    assert_eq!(build.one(package.clone()).refused[WINDOW], Refused::AppOp);
    package.target_sdk = Some(22);
    assert_eq!(build.one(package).granted[WINDOW], Granted::Pre23);

    let mut build = Build::at(34);
    build.declared.extend([
        ("d.INSTALLER", "signature|installer", "d", "/system/app/D/D.apk"),
        ("d.SETUP", "internal|setup", "d", "/system/app/D/D.apk"),
        ("d.ROLE", "internal|role", "d", "/system/app/D/D.apk"),
        ("d.OEM", "signature|oem", "d", "/system/app/D/D.apk"),
        ("d.INTERNAL", "internal", "d", "/system/app/D/D.apk"),
    ]);
    build.configuration.push((
        "/oem/etc/permissions/x.xml",
        "<permissions><oem-permissions package='o'><permission name='d.OEM'/></oem-permissions></permissions>",
    ));
    let all = ["d.INSTALLER", "d.SETUP", "d.ROLE", "d.OEM", "d.INTERNAL"];
    let rights = build.one(app("com.android.packageinstaller", "/system/priv-app/I/I.apk", OTHER_KEY, &all));
    assert_eq!(rights.granted["d.INSTALLER"], Granted::Holder("package installer"));
    assert_eq!(rights.refused["d.ROLE"], Refused::Role);
    assert_eq!(rights.refused["d.INTERNAL"], Refused::OtherSigner);
    let rights = build.one(app("com.android.packageinstaller", "/data/app/I.apk", OTHER_KEY, &all));
    assert_eq!(
        rights.refused["d.INSTALLER"],
        Refused::OtherSigner,
        "anybody can take the name outside the image"
    );
    let rights = build.one(app("com.android.provision", "/system/priv-app/P/P.apk", OTHER_KEY, &all));
    assert_eq!(rights.granted["d.SETUP"], Granted::Holder("set-up wizard"));
    let rights = build.one(app("o", "/oem/app/O/O.apk", OTHER_KEY, &all));
    assert_eq!(rights.granted["d.OEM"], Granted::Oem);
    let rights = build.one(app("p", "/system/app/P/P.apk", PLATFORM_KEY, &all));
    assert_eq!(rights.granted["d.OEM"], Granted::PlatformSigner);
    assert_eq!(
        rights.refused["d.INTERNAL"],
        Refused::OtherSigner,
        "no signature grants an internal permission"
    );
}

#[test]
fn a_shared_user_holds_what_any_of_its_packages_holds() {
    let mut build = Build::at(23);
    build.declared.push(("d.P", "signature", "d", "/system/app/D/D.apk"));
    let mut one = app("one", "/system/app/O/O.apk", 7, &[SMS, INTERNET]);
    one.shared_user = Some("x.shared".to_owned());
    one.target_sdk = Some(22);
    let mut two = app("two", "/system/app/T/T.apk", 7, &[SMS, LOGS]);
    two.shared_user = Some("x.shared".to_owned());
    let alone = app("alone", "/system/app/L/L.apk", 7, &[LOGS]);
    let rights = build.rights(&[one, two, alone]);
    assert_eq!(rights[1].granted[SMS], Granted::SharedUser("one".to_owned()));
    assert_eq!(
        rights[1].granted[INTERNET],
        Granted::SharedUser("one".to_owned()),
        "also what it did not ask for"
    );
    assert!(!rights[1].refused.contains_key(SMS));
    assert_eq!(rights[1].refused[LOGS], Refused::Development);
    assert!(rights[2].granted.is_empty());
    assert_eq!(rights[0].uid, None, "the number of such a user is given at installation");
}

#[test]
fn a_foreign_signer_does_not_get_into_a_shared_user() {
    let build = Build::at(23);
    let mut system = app("s", "/system/priv-app/S/S.apk", PLATFORM_KEY, &[INSTALL]);
    system.shared_user = Some("android.uid.system".to_owned());
    let mut liar = app("l", "/system/priv-app/A/A.apk", OTHER_KEY, &[INTERNET]);
    liar.shared_user = Some("android.uid.system".to_owned());
    let rights = build.rights(&[liar.clone(), system]);
    assert_eq!(rights[0].shared_user_of.as_deref(), Some("android"));
    assert_eq!(rights[0].uid, None);
    assert!(rights[0].granted.is_empty() && !rights[0].holds_all);
    assert_eq!(rights[0].refused[INTERNET], Refused::NotInstalled);
    assert_eq!((rights[1].uid, rights[1].holds_all), (Some(1000), true));
    assert!(!rights[1].granted.contains_key(INTERNET));

    // Without a platform key, and for other users, the first package that Android scans owns the name.
    let mut first = app("first", "/system/priv-app/F/F.apk", 7, &[]);
    first.shared_user = Some("x".to_owned());
    let mut second = app("second", "/system/app/S/S.apk", 8, &[INTERNET]);
    second.shared_user = Some("x".to_owned());
    let rights = build.rights(&[second, first]);
    assert_eq!(rights[0].shared_user_of.as_deref(), Some("first"));
    // A package whose signer is unknown is not accused.
    let mut unknown = liar;
    unknown.signers.clear();
    assert_eq!(build.one(unknown).uid, Some(1000));
}

#[test]
fn asking_for_some_permissions_brings_others_along() {
    let splits = [Split { permission: "p".to_owned(), below_target: Some(29), with: vec!["q".to_owned()] }];
    let ask = |list: &[&str], target: Option<u32>| {
        let mut package = app("a", "/system/app/A/A.apk", OTHER_KEY, list);
        package.target_sdk = target;
        requested(&package, &splits, Some(30))
            .iter()
            .map(|name| name.trim_start_matches("android.permission.").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ask(&["p", "p"], Some(28)), ["p", "q"]);
    assert_eq!(ask(&["p"], Some(29)), ["p"]);
    assert_eq!(ask(&["android.permission.READ_CONTACTS"], Some(15)), ["READ_CONTACTS", "READ_CALL_LOG"]);
    assert_eq!(ask(&["android.permission.READ_CONTACTS"], Some(16)), ["READ_CONTACTS"]);
    assert_eq!(
        ask(&["android.permission.WRITE_EXTERNAL_STORAGE"], Some(30)),
        ["WRITE_EXTERNAL_STORAGE", "READ_EXTERNAL_STORAGE"]
    );
    assert_eq!(ask(&[], None), ["WRITE_EXTERNAL_STORAGE", "READ_PHONE_STATE", "READ_EXTERNAL_STORAGE"]);
}

#[test]
fn a_build_without_its_list_of_splits_has_the_known_ones() {
    let ask = |list: &[&str], sdk: Option<u32>, splits: &[Split]| {
        let mut package = app("a", "/system/app/A/A.apk", OTHER_KEY, list);
        package.target_sdk = Some(28);
        requested(&package, splits, sdk)
            .iter()
            .map(|name| name.trim_start_matches("android.permission.").to_owned())
            .collect::<Vec<_>>()
    };
    let fine = ["android.permission.ACCESS_FINE_LOCATION"];
    assert_eq!(
        ask(&fine, Some(29), &[]),
        ["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION", "ACCESS_BACKGROUND_LOCATION"]
    );
    assert_eq!(ask(&fine, Some(28), &[]), ["ACCESS_FINE_LOCATION"]);
    assert_eq!(ask(&fine, None, &[]), ["ACCESS_FINE_LOCATION"]);
    let own = [Split { permission: "p".to_owned(), below_target: None, with: vec!["q".to_owned()] }];
    assert_eq!(ask(&fine, Some(29), &own), ["ACCESS_FINE_LOCATION"]);
    // What came along brings along.
    assert_eq!(
        ask(&["android.permission.WRITE_EXTERNAL_STORAGE"], Some(29), &[]),
        ["WRITE_EXTERNAL_STORAGE", "READ_EXTERNAL_STORAGE", "ACCESS_MEDIA_LOCATION"]
    );
}

#[test]
fn lists_count_only_where_the_build_says_so() {
    let read = |text: &str| {
        let context = Context::new();
        AllowList::of(&crate::properties::read(&files(&[("/system/build.prop", text)]), &context.cx()))
    };
    assert_eq!(
        read("ro.build.version.sdk=28\nro.control_privapp_permissions=enforce\n"),
        AllowList::Enforced
    );
    assert_eq!(read("ro.build.version.sdk=28\nro.control_privapp_permissions=Log\n"), AllowList::Logged);
    assert_eq!(read("ro.build.version.sdk=28\nro.control_privapp_permissions=disable\n"), AllowList::Off);
    assert_eq!(read("ro.build.version.sdk=28\n"), AllowList::Off);
    assert_eq!(read("ro.build.version.sdk=25\nro.control_privapp_permissions=enforce\n"), AllowList::Off);
}

#[test]
fn every_reason_reads_as_a_sentence() {
    let origin = Origin { file: "/x.xml".into(), line: 3 };
    for reason in [
        Granted::Normal,
        Granted::AtInstallation,
        Granted::OldTarget,
        Granted::SystemComponent,
        Granted::DefaultPermission(origin.clone()),
        Granted::SameSigner("d".to_owned()),
        Granted::PlatformSigner,
        Granted::Privileged(None),
        Granted::Privileged(Some(origin.clone())),
        Granted::Oem,
        Granted::Pre23,
        Granted::Preinstalled,
        Granted::Holder("set-up wizard"),
        Granted::SharedUser("a".to_owned()),
    ] {
        assert!(!reason.to_string().is_empty());
    }
    assert_eq!(Refused::Denied(origin).to_string(), "denied by /x.xml:3");
}

/// Facts of every package of a corpus, as the stages of a scan would gather them.
fn real_packages(
    list: &[(String, Vec<u8>)],
    sdk: Option<u32>,
    cx: &overt_base::Cx<'_>,
) -> Vec<PackageRights> {
    use overt_apk::signing::{self, Platform, Verdict};
    let mut out = Vec::new();
    for (path, bytes) in list.iter().filter(|(path, _)| path.ends_with(".apk")) {
        let locus = overt_base::Locus::input().child(path);
        let view = overt_base::View::from_vec(bytes.clone());
        let Ok(apk) = overt_apk::apk::Apk::open(view, &locus, cx) else { continue };
        let Some(manifest) = &apk.manifest else { continue };
        let signatures = signing::verify(apk.archive(), Platform(sdk), cx);
        let scheme = signatures.checked_by(sdk.unwrap_or(u32::MAX));
        let counted: Vec<_> = signatures.signers.iter().filter(|one| Some(one.scheme) == scheme).collect();
        out.push(PackageRights {
            package: manifest.package.clone(),
            path: path.clone(),
            privileged: partition::role(path).is_privileged(sdk),
            persistent: manifest.persistent,
            signers: counted.iter().map(|one| one.certificate_sha256).collect(),
            verified: !counted.is_empty() && counted.iter().all(|one| one.verdict == Verdict::Valid),
            shared_user: manifest.shared_user_id.clone(),
            requested: manifest.uses_permissions.iter().map(|used| used.name.clone()).collect(),
            declared: manifest
                .permissions
                .iter()
                .map(|one| (one.name.clone(), Level::from_bits(one.protection_flags)))
                .collect(),
            target_sdk: Some(manifest.effective_target_sdk()),
        });
    }
    out
}

#[test]
fn real_packages_get_their_rights() {
    for name in ["phone-2016", "pixel5-slice"] {
        let Some(list) = crate::testing::corpus(name) else { return };
        let context = Context::new();
        let files = crate::testing::corpus_files(&list);
        let properties = crate::properties::read(&files, &context.cx());
        let configuration = sysconfig::read(&files, &properties, &context.cx());
        let sdk = properties.sdk();
        let packages = real_packages(&list, sdk, &context.cx());
        let permissions = Permissions::merge(
            packages.iter().flat_map(|one| {
                one.declared.iter().map(|(permission, level)| Declaration {
                    permission: permission.clone(),
                    level: *level,
                    package: one.package.clone(),
                    path: one.path.clone(),
                })
            }),
            sdk,
        );
        let platform = PlatformKey::find(&packages);
        let allow_list = AllowList::of(&properties);
        println!("{name}: {} packages, {allow_list:?}, platform key {platform:?}", packages.len());
        let policy = Policy {
            sdk,
            permissions: &permissions,
            configuration: &configuration,
            platform: platform.as_ref(),
            allow_list,
        };
        let rights = grants(&packages, &policy);
        let mut granted: BTreeMap<String, usize> = BTreeMap::new();
        let mut refused: BTreeMap<String, usize> = BTreeMap::new();
        let mut levels: BTreeMap<String, usize> = BTreeMap::new();
        for (package, rights) in packages.iter().zip(&rights) {
            println!(
                "  {} {} shared {:?} uid {:?} privileged {} target {}: {} held, {} not",
                package.package,
                package.path,
                package.shared_user,
                rights.uid,
                package.privileged,
                package.target(),
                rights.granted.len(),
                rights.refused.len()
            );
            if let Some(owner) = &rights.shared_user_of {
                println!("    not installed: the shared user belongs to {owner}");
            }
            for reason in rights.granted.values() {
                let text = reason.to_string();
                let kind = text.split(['(', ',']).next().unwrap_or_default();
                let kind = if matches!(reason, Granted::SharedUser(_) | Granted::SameSigner(_)) {
                    "signer or shared user"
                } else {
                    kind
                };
                *granted.entry(kind.trim().to_owned()).or_default() += 1;
            }
            for (permission, reason) in &rights.refused {
                *refused.entry(reason.to_string()).or_default() += 1;
                if *reason == Refused::Undeclared && package.package.len() % 7 == 0 {
                    println!("    nobody declares {permission}");
                }
            }
            for name in &package.requested {
                let level = permissions
                    .level(name)
                    .map_or_else(|| "(undeclared)".to_owned(), |level| level.to_string());
                *levels.entry(level).or_default() += 1;
            }
        }
        println!("  held: {granted:#?}\n  not held: {refused:#?}\n  levels asked for: {levels:#?}");
        for one in &permissions.shadowed {
            println!("  shadowed: {} {} by {} at {}", one.permission, one.level, one.package, one.path);
        }
        let (key, how) = platform.as_ref().map_or((0, None), |key| (key.signers.len(), Some(key.how)));
        if name == "phone-2016" {
            assert_eq!(packages.len(), 124);
            assert_eq!(key, 1);
            assert!(matches!(how, Some(How::SystemUser { agree, of }) if agree > 10 && agree * 10 > of * 9));
            let system = rights.iter().filter(|one| one.holds_all).count();
            println!("  {system} packages run as system");
            assert!(system > 10);
        } else {
            assert_eq!(allow_list, AllowList::Enforced);
        }
    }
}

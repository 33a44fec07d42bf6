//! The platform's attributes that a manifest or a layout is read by: resource id and name
//! (`frameworks/base/core/res/res/values/public.xml`).

/// An attribute of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeName {
    /// Resource id: what Android goes by.
    pub id: u32,
    /// Name: what is gone by where a document has no resource ids.
    pub name: &'static str,
}

macro_rules! attributes {
    ($($constant:ident $name:literal $id:literal)*) => {
        $(
            #[doc = concat!("`android:", $name, "`.")]
            pub const $constant: AttributeName = AttributeName { id: $id, name: $name };
        )*
        #[cfg(test)]
        const ALL: &[AttributeName] = &[$($constant),*];
    };
}

attributes! {
    LABEL "label" 0x0101_0001
    NAME "name" 0x0101_0003
    PERMISSION "permission" 0x0101_0006
    READ_PERMISSION "readPermission" 0x0101_0007
    WRITE_PERMISSION "writePermission" 0x0101_0008
    PROTECTION_LEVEL "protectionLevel" 0x0101_0009
    PERMISSION_GROUP "permissionGroup" 0x0101_000a
    SHARED_USER_ID "sharedUserId" 0x0101_000b
    HAS_CODE "hasCode" 0x0101_000c
    PERSISTENT "persistent" 0x0101_000d
    ENABLED "enabled" 0x0101_000e
    DEBUGGABLE "debuggable" 0x0101_000f
    EXPORTED "exported" 0x0101_0010
    PROCESS "process" 0x0101_0011
    AUTHORITIES "authorities" 0x0101_0018
    GRANT_URI_PERMISSIONS "grantUriPermissions" 0x0101_001b
    PRIORITY "priority" 0x0101_001c
    TARGET_PACKAGE "targetPackage" 0x0101_0021
    VALUE "value" 0x0101_0024
    RESOURCE "resource" 0x0101_0025
    MIME_TYPE "mimeType" 0x0101_0026
    SCHEME "scheme" 0x0101_0027
    HOST "host" 0x0101_0028
    PORT "port" 0x0101_0029
    PATH "path" 0x0101_002a
    PATH_PREFIX "pathPrefix" 0x0101_002b
    PATH_PATTERN "pathPattern" 0x0101_002c
    ID "id" 0x0101_00d0
    PASSWORD "password" 0x0101_015c
    TARGET_ACTIVITY "targetActivity" 0x0101_0202
    MIN_SDK_VERSION "minSdkVersion" 0x0101_020c
    VERSION_CODE "versionCode" 0x0101_021b
    VERSION_NAME "versionName" 0x0101_021c
    INPUT_TYPE "inputType" 0x0101_0220
    ON_CLICK "onClick" 0x0101_026f
    TARGET_SDK_VERSION "targetSdkVersion" 0x0101_0270
    MAX_SDK_VERSION "maxSdkVersion" 0x0101_0271
    TEST_ONLY "testOnly" 0x0101_0272
    BACKUP_AGENT "backupAgent" 0x0101_027f
    ALLOW_BACKUP "allowBackup" 0x0101_0280
    GL_ES_VERSION "glEsVersion" 0x0101_0281
    REQUIRED "required" 0x0101_028e
    FRAGMENT "fragment" 0x0101_02e3
    ACTION_VIEW_CLASS "actionViewClass" 0x0101_02fc
    ACTION_PROVIDER_CLASS "actionProviderClass" 0x0101_0389
    ISOLATED_PROCESS "isolatedProcess" 0x0101_03a9
    SINGLE_USER "singleUser" 0x0101_03bf
    SSP "ssp" 0x0101_03e3
    SSP_PREFIX "sspPrefix" 0x0101_03e4
    SSP_PATTERN "sspPattern" 0x0101_03e5
    CATEGORY "category" 0x0101_03e8
    TARGET_NAME "targetName" 0x0101_044d
    USES_CLEARTEXT_TRAFFIC "usesCleartextTraffic" 0x0101_04ec
    AUTO_VERIFY "autoVerify" 0x0101_04ee
    DEFAULT_TO_DEVICE_PROTECTED_STORAGE "defaultToDeviceProtectedStorage" 0x0101_0504
    DIRECT_BOOT_AWARE "directBootAware" 0x0101_0505
    EXTERNAL_SERVICE "externalService" 0x0101_050e
    VERSION "version" 0x0101_0519
    NETWORK_SECURITY_CONFIG "networkSecurityConfig" 0x0101_0527
    CERT_DIGEST "certDigest" 0x0101_0548
    REQUIRED_FEATURE "requiredFeature" 0x0101_0554
    REQUIRED_NOT_FEATURE "requiredNotFeature" 0x0101_0555
    IS_STATIC "isStatic" 0x0101_055a
    VERSION_CODE_MAJOR "versionCodeMajor" 0x0101_0576
    VERSION_MAJOR "versionMajor" 0x0101_0577
    APP_COMPONENT_FACTORY "appComponentFactory" 0x0101_057a
    FOREGROUND_SERVICE_TYPE "foregroundServiceType" 0x0101_0599
    ZYGOTE_PRELOAD_NAME "zygotePreloadName" 0x0101_059d
    PATH_SUFFIX "pathSuffix" 0x0101_061e
    PATH_ADVANCED_PATTERN "pathAdvancedPattern" 0x0101_0620
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_platform_package_and_unique() {
        for pair in ALL.windows(2) {
            assert!(pair[0].id < pair[1].id, "{} before {}", pair[0].name, pair[1].name);
        }
        assert!(ALL.iter().all(|attribute| attribute.id >> 16 == 0x0101));
    }
}

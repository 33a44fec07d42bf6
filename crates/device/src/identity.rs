//! What a build says it is: its fingerprint, brand, model and dates, each with the property it was taken from.

use overt_record::Build;

use crate::properties::{Origin, Properties};

/// A value of [`Build`] and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The field of [`Build`].
    pub field: &'static str,
    /// The property (or, for a fingerprint put together, `composed`).
    pub property: String,
    /// The line that set it; `None` for a value put together from several.
    pub origin: Option<Origin>,
}

/// The identity of a build with the sources of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The values.
    pub build: Build,
    /// Their sources, in the order of the fields.
    pub sources: Vec<Source>,
}

/// Partitions in the order in which init looks for `ro.product.*` (`property_initialize_ro_product_props`).
const PRODUCT_ORDER: [&str; 6] = ["product", "product_services", "odm", "vendor", "system_ext", "system"];
/// Partitions in the order that says most about the build as a whole.
const BUILD_ORDER: [&str; 6] = ["system", "system_ext", "product", "product_services", "odm", "vendor"];

/// What `properties` say the build is. What they do not say stays `None`.
#[must_use]
pub fn identity(properties: &Properties) -> Build {
    explain(properties).build
}

/// As [`identity`], with the property and line behind each value.
#[must_use]
pub fn explain(properties: &Properties) -> Identity {
    let mut finder = Finder { properties, sources: Vec::new() };
    let brand = finder.product("brand");
    let model = finder.product("model");
    let device = finder.product("device");
    let android = finder.build("version.release");
    let sdk = finder.build("version.sdk").filter(|(_, value)| value.parse::<u32>().is_ok());
    let security_patch = finder.first(["ro.build.version.security_patch".to_owned()]);
    let build_date = finder.build("date").or_else(|| {
        let (property, seconds) = finder.build("date.utc")?;
        Some((property, rfc3339(seconds.parse().ok()?)?))
    });
    let build_type = finder.build("type");
    let tags = finder.build("tags");
    let incremental = finder.build("version.incremental");
    let fingerprint = finder.fingerprint();
    let build = Build {
        fingerprint: finder.keep("fingerprint", fingerprint),
        brand: finder.keep("brand", brand),
        model: finder.keep("model", model),
        device: finder.keep("device", device),
        android: finder.keep("android", android),
        sdk: finder.keep("sdk", sdk).and_then(|value| value.parse().ok()),
        security_patch: finder.keep("security_patch", security_patch),
        build_date: finder.keep("build_date", build_date),
        build_type: finder.keep("build_type", build_type),
        tags: finder.keep("tags", tags),
        incremental: finder.keep("incremental", incremental),
    };
    Identity { build, sources: finder.sources }
}

/// The property that a value was taken from, and the value.
type Found = Option<(String, String)>;

struct Finder<'a> {
    properties: &'a Properties,
    sources: Vec<Source>,
}

impl Finder<'_> {
    fn first(&self, names: impl IntoIterator<Item = String>) -> Found {
        names.into_iter().find_map(|name| {
            let value = self.properties.filled(&name)?.to_owned();
            Some((name, value))
        })
    }

    /// `ro.product.<what>`, else the same of a partition in init's order or the order that the build asks for.
    fn product(&self, what: &str) -> Found {
        let asked: Vec<&str> = self
            .properties
            .filled("ro.product.property_source_order")
            .map(|order| order.split(',').collect())
            .unwrap_or_default();
        // One name that init does not know makes it use its own order.
        let valid = !asked.is_empty() && asked.iter().all(|source| PRODUCT_ORDER.contains(source));
        let order: &[&str] = if valid { &asked } else { &PRODUCT_ORDER };
        let names = std::iter::once(format!("ro.product.{what}"))
            .chain(order.iter().map(|source| format!("ro.product.{source}.{what}")))
            .chain([format!("ro.vendor.product.{what}")]);
        self.first(names)
    }

    /// `ro.build.<what>`, else the same of a partition.
    fn build(&self, what: &str) -> Found {
        let names = std::iter::once(format!("ro.build.{what}"))
            .chain(BUILD_ORDER.iter().map(|source| format!("ro.{source}.build.{what}")));
        self.first(names)
    }

    /// `ro.build.fingerprint`; where the build leaves it out, what init puts together at boot (`property_derive_build_fingerprint`), if all
    /// pieces are there; else that of a partition.
    fn fingerprint(&self) -> Found {
        self.first(["ro.build.fingerprint".to_owned()])
            .or_else(|| Some(("composed".to_owned(), self.composed()?)))
            .or_else(|| self.first(BUILD_ORDER.iter().map(|source| format!("ro.{source}.build.fingerprint"))))
    }

    fn composed(&self) -> Option<String> {
        let product = |what: &str| self.product(what).map(|(_, value)| value);
        let get = |name: &str| self.properties.filled(name);
        Some(format!(
            "{}/{}/{}:{}/{}/{}:{}/{}",
            product("brand")?,
            product("name")?,
            product("device")?,
            get("ro.build.version.release_or_codename").or_else(|| get("ro.build.version.release"))?,
            get("ro.build.id")?,
            get("ro.build.version.incremental")?,
            get("ro.build.type")?,
            get("ro.build.tags")?,
        ))
    }

    fn keep(&mut self, field: &'static str, found: Found) -> Option<String> {
        let (property, value) = found?;
        let origin = self.properties.property(&property).map(|property| property.origin.clone());
        self.sources.push(Source { field, property, origin });
        Some(value)
    }
}

/// Seconds since 1970 as `2016-08-27T12:07:56Z`; `None` outside the years 1970 to 9999.
#[must_use]
#[allow(
    clippy::arithmetic_side_effects,
    reason = "days are below 2^48, and what is taken away is never more than what it is taken from"
)]
pub fn rfc3339(seconds: u64) -> Option<String> {
    let days = seconds / 86_400;
    let second_of_day = seconds % 86_400;
    // Civil date from days, counted in years that begin on 1 March and eras of 400 years, so that the leap day is the last of its year.
    let shifted = days.checked_add(719_468)?;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era.checked_mul(400)?.checked_add(year_of_era)?.checked_add(u64::from(month <= 2))?;
    if year > 9999 {
        return None;
    }
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties;
    use crate::testing::{Context, corpus, corpus_files, files};

    fn read(list: &[(&str, &str)]) -> Identity {
        let context = Context::new();
        explain(&properties::read(&files(list), &context.cx()))
    }

    #[test]
    fn a_fingerprint_that_is_there_is_taken_as_it_is() {
        let identity = read(&[(
            "/system/build.prop",
            "ro.build.fingerprint=a/b/c:6.0/d/e:user/release-keys\nro.product.brand=A\nro.build.version.sdk=23\nro.build.date=Sat\n",
        )]);
        assert_eq!(identity.build.fingerprint.as_deref(), Some("a/b/c:6.0/d/e:user/release-keys"));
        assert_eq!(identity.build.sdk, Some(23));
        assert_eq!(identity.build.build_date.as_deref(), Some("Sat"));
        let fields: Vec<&str> = identity.sources.iter().map(|source| source.field).collect();
        assert_eq!(fields, ["fingerprint", "brand", "sdk", "build_date"]);
        assert_eq!(identity.sources[2].origin.as_ref().map(|origin| origin.line), Some(3));
    }

    #[test]
    fn a_modern_build_has_its_fingerprint_put_together() {
        let system = "ro.build.id=I\nro.build.version.incremental=7\nro.build.version.release=11\nro.build.version.release_or_codename=R\n\
                      ro.build.type=user\nro.build.tags=release-keys\nro.system.build.fingerprint=x\nro.product.system.brand=generic\nro.build.version.sdk=30\n";
        let product = "ro.product.product.brand=B\nro.product.product.name=N\nro.product.product.device=D\nro.product.product.model=M 5\n";
        let identity = read(&[("/system/build.prop", system), ("/product/build.prop", product)]);
        assert_eq!(identity.build.fingerprint.as_deref(), Some("B/N/D:R/I/7:user/release-keys"));
        assert_eq!(identity.sources[0].property, "composed");
        assert_eq!(identity.sources[0].origin, None);
        assert_eq!(identity.build.model.as_deref(), Some("M 5"));
        // Without the product partition a piece is missing: nothing is made up, the partition's own is taken.
        let identity = read(&[("/system/build.prop", system)]);
        assert_eq!(identity.build.fingerprint.as_deref(), Some("x"));
        assert_eq!(identity.build.brand.as_deref(), Some("generic"));
    }

    #[test]
    fn the_order_of_sources_may_be_asked_for() {
        let text = "ro.product.system.model=S\nro.product.odm.model=O\nro.product.vendor.model=V\n";
        let ask = |order: &str| {
            let text = format!("{text}ro.product.property_source_order={order}\n");
            read(&[("/system/build.prop", &text)]).build.model
        };
        assert_eq!(ask("system,odm").as_deref(), Some("S"));
        assert_eq!(ask("vendor").as_deref(), Some("V"));
        assert_eq!(ask("").as_deref(), Some("O"));
        assert_eq!(
            ask("vendor,moon").as_deref(),
            Some("O"),
            "an unknown source makes init use its own order"
        );
    }

    #[test]
    fn a_lone_package_has_no_identity() {
        let identity = read(&[]);
        assert_eq!(identity, Identity::default());
    }

    #[test]
    fn a_vendor_image_alone_is_named_by_its_own_properties() {
        let identity = read(&[(
            "/vendor/build.prop",
            "ro.vendor.build.fingerprint=v\nro.vendor.build.version.sdk=27\nro.vendor.build.date.utc=1472299676\nro.vendor.product.model=M\nro.vendor.build.security_patch=2020-01-01\n",
        )]);
        assert_eq!(identity.build.fingerprint.as_deref(), Some("v"));
        assert_eq!(identity.build.sdk, Some(27));
        assert_eq!(identity.build.build_date.as_deref(), Some("2016-08-27T12:07:56Z"));
        assert_eq!(identity.build.model.as_deref(), Some("M"));
        assert_eq!(identity.build.security_patch, None, "the vendor's patch level is not the build's");
    }

    #[test]
    fn dates_are_right_over_leap_years() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_472_299_676, "2016-08-27T12:07:56Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds).as_deref(), Some(expected));
        }
        assert_eq!(rfc3339(253_402_300_800), None);
        assert_eq!(rfc3339(u64::MAX), None);
    }

    #[test]
    fn an_absurd_number_is_no_api_level() {
        let identity = read(&[("/system/build.prop", "ro.build.version.sdk=99999999999\n")]);
        assert_eq!(identity.build.sdk, None);
        assert!(identity.sources.is_empty());
    }

    #[test]
    fn real_builds_say_who_they_are() {
        for (name, fingerprint, model, sdk, count) in [
            (
                "pixel5-slice",
                "google/redfin/redfin:11/RD1A.200810.020/6792687:user/release-keys",
                "Pixel 5",
                30,
                11,
            ),
            (
                "formats/android-5.0-oat039",
                "T-Mobile/Telekom_Puls/T-Tab:5.0.1/LRX21M/vC29-0:user/release-keys",
                "Telekom Puls",
                21,
                11,
            ),
            (
                "formats/android-7.0-oat079",
                "condor/PGN528/PGN528:7.0/NRD90M/1510022999:user/release-keys",
                "PGN528",
                24,
                11,
            ),
            (
                "formats/android-8.1-oat131-vdex010",
                "mobiistar/mobiistar_C1_Shine/mobiistar_C1_Shine:8.1.0/O11019/1538053569:user/release-keys",
                "mobiistar C1 Shine",
                27,
                11,
            ),
            (
                "formats/android-9-oat138-vdex019-cdex",
                "Infinix/H398/Infinix-X5515F:9/PPR1.180610.011/F-200715V425:user/release-keys",
                "Infinix X5515F",
                28,
                11,
            ),
            (
                "formats/android-10-oat170-vdex021",
                "asus/ASUS_X00TD/ASUS_X00TD:10/QKQ1/17.2017.2012.438-20201203:user/release-keys",
                "ASUS_X00TD",
                29,
                11,
            ),
        ] {
            let Some(list) = corpus(name) else { return };
            let context = Context::new();
            let properties = properties::read(&corpus_files(&list), &context.cx());
            let identity = explain(&properties);
            println!("{name}: {:#?}", identity.build);
            for source in &identity.sources {
                println!("  {} <- {} {:?}", source.field, source.property, source.origin);
            }
            assert_eq!(identity.build.fingerprint.as_deref(), Some(fingerprint), "{name}");
            assert_eq!(identity.build.model.as_deref(), Some(model), "{name}");
            assert_eq!(identity.build.sdk, Some(sdk), "{name}");
            assert_eq!(
                identity.sources.len(),
                count,
                "{name}: all fields but those that the build does not have"
            );
            assert!(context.problems().is_empty(), "{name}");
        }
    }

    #[test]
    fn the_founding_phone_says_who_it_is() {
        for name in ["phone-2016", "phone-2017"] {
            let Some(list) = corpus(name) else { return };
            let context = Context::new();
            let identity = explain(&properties::read(&corpus_files(&list), &context.cx()));
            println!("{name}: {:#?}", identity.build);
            let (_, text) = list.iter().find(|(path, _)| path == "/system/build.prop").expect("there");
            let text = String::from_utf8_lossy(text);
            let line = text.lines().find_map(|line| line.strip_prefix("ro.build.fingerprint="));
            assert_eq!(identity.build.fingerprint.as_deref(), line, "{name}");
            assert_eq!(identity.build.android.as_deref(), Some("6.0"));
            assert_eq!(identity.build.sdk, Some(23));
            assert_eq!(identity.sources.len(), 11, "every field");
        }
    }
}

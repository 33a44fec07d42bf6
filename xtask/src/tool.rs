//! The programs that build fixtures and samples. None of them is needed to build or test the product.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, bail};

/// A program and the Debian package that brings it.
#[derive(Clone, Copy)]
pub struct Tool {
    /// Name on the search path.
    pub program: &'static str,
    /// Debian package.
    pub package: &'static str,
    /// Arguments that print its version.
    version: &'static [&'static str],
}

/// Assembles DEX.
pub const SMALI: Tool = Tool { program: "smali", package: "libsmali-java", version: &["--version"] };
/// Packs resources and the manifest.
pub const AAPT: Tool = Tool { program: "aapt", package: "aapt", version: &["version"] };
/// Signs packages.
pub const APKSIGNER: Tool = Tool { program: "apksigner", package: "apksigner", version: &["--version"] };
/// Makes EROFS images.
pub const MKFS_EROFS: Tool = Tool { program: "mkfs.erofs", package: "erofs-utils", version: &["--version"] };

/// The framework that manifests and resources are linked against, and its Debian package.
pub const FRAMEWORK: (&str, &str) =
    ("/usr/share/android-framework-res/framework-res.apk", "android-framework-res");

impl Tool {
    /// Runs the program in `folder` and returns what it printed.
    ///
    /// # Errors
    /// When the program is missing (naming the package to install) or fails (with what it said).
    pub fn run(self, folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.output(folder, arguments)?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if !output.status.success() {
            let (out, err) = (said(&output.stdout), said(&output.stderr));
            bail!("`{} {}` failed:\n{out}\n{err}", self.program, arguments.join(" "));
        }
        Ok(said(&output.stdout))
    }

    fn output(self, folder: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
        match Command::new(self.program).args(arguments).current_dir(folder).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("`{}` is not installed: apt-get install {}", self.program, self.package)
            }
            other => other.with_context(|| format!("cannot run `{}`", self.program)),
        }
    }

    /// Name and version, in a line.
    ///
    /// # Errors
    /// As [`Tool::run`].
    pub fn version_line(self) -> anyhow::Result<String> {
        // Some know no such option: they print name and version first, and then fail.
        let output = self.output(Path::new("/"), self.version)?;
        let said = String::from_utf8_lossy(&output.stdout);
        let line = said.lines().next().unwrap_or_default();
        Ok(format!("{} {line}", self.program))
    }
}

/// That the framework package is installed.
///
/// # Errors
/// Naming the package to install.
pub fn need_framework() -> anyhow::Result<()> {
    if !Path::new(FRAMEWORK.0).is_file() {
        bail!("{} is missing: apt-get install {}", FRAMEWORK.0, FRAMEWORK.1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_names_its_package() {
        let tool = Tool { program: "no-such-program-here", package: "some-package", version: &[] };
        let error = tool.run(Path::new("/"), &[]).expect_err("missing");
        assert!(error.to_string().contains("apt-get install some-package"), "{error}");
    }

    #[test]
    fn a_failing_tool_says_why() {
        let tool = Tool { program: "ls", package: "coreutils", version: &["--version"] };
        let error = tool.run(Path::new("/"), &["/no/such/place"]).expect_err("fails");
        assert!(error.to_string().contains("/no/such/place"), "{error}");
        assert!(tool.version_line().expect("has one").starts_with("ls "));
    }
}

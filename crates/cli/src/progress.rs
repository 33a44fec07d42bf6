//! Progress on standard error: stage, count, app. Only on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use overt_base::Progress;
use overt_report::harmless::harmless;

/// A line that is redrawn, and gone in the end.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar on standard error; draws nothing where that is no terminal.
    #[must_use]
    pub fn on_stderr() -> Bar {
        if !std::io::stderr().is_terminal() {
            return Bar(ProgressBar::hidden());
        }
        // Ten times a second: drawing must not cost what it shows.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{prefix:>12} {bar:20} {pos}/{len} {wide_msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Bar(bar)
    }
}

impl Progress for Bar {
    fn step(&self, stage: &str, subject: &str, done: usize, total: usize) {
        if self.0.is_hidden() {
            return;
        }
        self.0.set_prefix(stage.to_owned());
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
        self.0.set_message(harmless(subject));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

//! What is seen of a training.

use std::io::{IsTerminal as _, Write};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar};

use crate::cli::songs::bar;
use crate::train::{EpochReport, Event};

/// Progress: a bar on the standard error, epochs as lines.
pub(super) struct View<'a> {
    pub bar: Option<ProgressBar>,
    pub json: bool,
    pub epochs: usize,
    pub out: &'a mut dyn Write,
}

impl View<'_> {
    pub fn show(&mut self, event: &Event) {
        match event {
            Event::Step { epoch, steps: (done, total), loss, accuracy, slices_per_second } => {
                let bar = self.bar.get_or_insert_with(|| bar(*total, "{wide_bar} {msg} {eta} left"));
                bar.set_position(*done);
                bar.set_message(format!(
                    "epoch {}  loss {loss:.3}  right {:.0} %  {slices_per_second:.0} slices/s ",
                    epoch + 1,
                    100.0 * accuracy
                ));
            }
            Event::Judged { slices: (done, of) } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("judging {done} of {of} slices "));
                }
            }
            Event::Epoch(report) => self.epoch(report),
        }
    }

    fn epoch(&mut self, report: &EpochReport) {
        let percent = |share: Option<f64>| share.map_or("-".into(), |share| format!("{:.1} %", 100.0 * share));
        let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.4}"));
        let left = report.seconds * (self.epochs - 1 - report.epoch) as f64;
        let text = format!(
            "epoch {:>3}  loss {:.4}  slices right {}  validation: loss {}, slices {}, songs {}  {:.0} slices/s, {:.1} s, {} left",
            report.epoch + 1,
            report.loss,
            percent(Some(report.accuracy)),
            number(report.validation_loss),
            percent(report.validation_slices),
            percent(report.validation_songs),
            report.slices_per_second,
            report.seconds,
            HumanDuration(Duration::from_secs_f64(left))
        );
        let line = if self.json { serde_json::to_string(report).unwrap_or_default() } else { text };
        let mut print = || {
            // An epoch's line that cannot be written does not end hours of training; the result's line does.
            let written = if self.json {
                writeln!(self.out, "{line}").and_then(|()| self.out.flush())
            } else {
                writeln!(std::io::stderr(), "{line}")
            };
            drop(written);
        };
        match &self.bar {
            Some(bar) if std::io::stderr().is_terminal() => bar.suspend(print),
            _ => print(),
        }
    }

    pub fn close(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

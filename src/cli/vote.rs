//! `tunevote vote`: saved results vote again, with other thresholds and without a GPU.

use super::output::{FormatArgs, SongWriter};
use super::thresholds::ThresholdArgs;
use crate::Error;
use crate::vote::{Records, Status, replay};
use clap::Args;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Vote again on saved results, with other thresholds and without a GPU
///
/// Reads the JSON lines that `classify` wrote. Thresholds that are not given are those that each song was decided with.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  tunevote classify Music --json > results.jsonl\n  tunevote vote results.jsonl --min-share 0.6\n  tunevote vote results.jsonl --mode mean-softmax --csv > votes.csv\n\nExit code: 0, 1 if the results hold songs that could not be read, 2 for wrong use."
)]
pub struct VoteArgs {
    /// Results of `classify`, JSON lines; `-` reads the standard input
    #[arg(value_name = "RESULTS.jsonl")]
    pub results: PathBuf,
    /// Options of the vote.
    #[command(flatten)]
    pub thresholds: ThresholdArgs,
    /// Options of the output.
    #[command(flatten)]
    pub format: FormatArgs,
    /// Show this many best genres in the table
    #[arg(long, value_name = "K", default_value_t = 0, help_heading = "Output")]
    pub top: usize,
}

/// Runs the command, with a table if the standard output is a terminal. The exit code is 0, or 1 if the results hold songs
/// that could not be read.
///
/// # Errors
/// A file that cannot be read, a line that is no record (named), a closed output.
pub fn run(args: &VoteArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let format = args.format.choose(std::io::stdout().is_terminal());
    let mut records = Records::new(open(&args.results)?, &args.results);
    // The first song that has labels brings the heading; errors may come before it.
    let (mut early, mut labels) = (Vec::new(), Vec::<String>::new());
    for record in records.by_ref() {
        let record = record?;
        labels = record.votes.labels().map(str::to_owned).collect();
        early.push(record);
        if !labels.is_empty() {
            break;
        }
    }
    let mut songs = SongWriter::new(format, &labels, args.top);
    let mut failed = false;
    for record in early.into_iter().map(Ok).chain(records) {
        let record = record?;
        let record = replay(&record, &args.thresholds.over(record.thresholds.unwrap_or_default()))?;
        failed |= record.status == Status::Error;
        songs.write(out, &record)?;
    }
    songs.finish(out)?;
    Ok(u8::from(failed))
}

fn open(path: &Path) -> crate::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let file = File::open(path).map_err(Error::io(path))?;
    Ok(Box::new(BufReader::new(file)))
}

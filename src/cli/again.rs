//! The command to type next: this one with other options, as a shell reads it.

use std::ffi::{OsStr, OsString};

/// This command with `--resume` or without it, and with another learning rate if one is given.
pub(super) fn again(resume: bool, learning_rate: Option<f32>) -> String {
    changed(std::env::args_os(), resume, learning_rate)
}

fn changed(args: impl Iterator<Item = OsString>, resume: bool, learning_rate: Option<f32>) -> String {
    let mut words = Vec::new();
    let mut args = args;
    // The program and the command, which has one of its own if it is `gan`; options may follow behind them at once, and not behind a `--`.
    words.extend(args.by_ref().take(2));
    if words.last().is_some_and(|word| word == "gan") {
        words.extend(args.next());
    }
    words.extend(resume.then(|| "--resume".into()));
    if let Some(rate) = learning_rate {
        words.extend(["--lr".into(), rate.to_string().into()]);
    }
    while let Some(word) = args.next() {
        match word.to_str() {
            Some("--") => {
                words.push(word);
                words.extend(args);
                break;
            }
            Some("--resume") => {}
            Some("--lr") if learning_rate.is_some() => drop(args.next()),
            Some(text) if learning_rate.is_some() && text.starts_with("--lr=") => {}
            _ => words.push(word),
        }
    }
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a POSIX shell reads it; one that is not UTF-8 as bash and zsh do.
pub(super) fn quote(word: &OsStr) -> String {
    let Some(text) = word.to_str() else { return format!("$'{}'", word.as_encoded_bytes().escape_ascii()) };
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::changed;
    use std::ffi::OsString;

    fn said(args: &[&str], resume: bool, rate: Option<f32>) -> String {
        changed(args.iter().map(OsString::from), resume, rate)
    }

    #[test]
    fn a_command_is_said_again_so_that_a_shell_reads_it() {
        let given = ["tunevote", "train", "My Music", "--resume", "--out", "it's.safetensors", "--note", ""];
        assert_eq!(
            said(&given, true, None),
            r"tunevote train --resume 'My Music' --out 'it'\''s.safetensors' --note ''"
        );
        assert_eq!(
            said(&["tunevote", "train", "a", "--lr", "3", "--lr=2"], false, None),
            "tunevote train a --lr 3 --lr=2"
        );
        assert_eq!(
            said(&["tunevote", "train", "--lr", "3", "a", "--lr=2"], true, Some(0.5)),
            "tunevote train --resume --lr 0.5 a"
        );
        assert_eq!(said(&["tunevote", "train", "--", "--resume"], false, None), "tunevote train -- --resume");
    }

    #[test]
    fn options_follow_a_command_of_a_command() {
        assert_eq!(said(&["tunevote", "gan", "train", "a"], true, None), "tunevote gan train --resume a");
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf_8_is_said_by_its_bytes() {
        use std::os::unix::ffi::OsStringExt as _;
        let name = OsString::from_vec(b"caf\xe9 '1".to_vec());
        assert_eq!(super::quote(&name), r"$'caf\xe9 \'1'");
    }
}

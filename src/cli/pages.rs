//! `tunevote completions` and `tunevote man`: pages from the table of commands.

use std::io::Write;

use clap::Args;
use clap_complete::Shell;

use super::Cli;

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  tunevote completions bash > ~/.local/share/bash-completion/completions/tunevote")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual page, of the program or of one command
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  tunevote man | man -l -\n  tunevote man classify > tunevote-classify.1")]
pub struct ManArgs {
    /// A command; without one, the program's page
    command: Option<String>,
}

pub(super) fn completions(args: &CompletionsArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    // The generator panics where its output is closed, so it writes to memory.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::table(), "tunevote", &mut text);
    out.write_all(&text)?;
    Ok(0)
}

pub(super) fn man(args: &ManArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let mut table = Cli::table();
    table.build();
    let page = match &args.command {
        None => table,
        Some(name) => {
            let known =
                table.get_subcommands().map(|command| command.get_name().to_owned()).collect::<Vec<_>>().join(", ");
            let found = table.find_subcommand(name).cloned();
            found.ok_or_else(|| anyhow::anyhow!("there is no command {name}; there are {known}"))?
        }
    };
    clap_mangen::Man::new(page).render(out)?;
    Ok(0)
}

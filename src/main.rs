//! The binary's entry: hand the arguments to the command line and exit with
//! what it says. Everything else is in the library.

fn main() -> std::process::ExitCode {
    bowerbird::cli::main()
}

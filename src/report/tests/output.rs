//! Reports are whole or absent, and the message says whose fault it is.

use super::sample::sample;
use crate::model::report::Report;
use crate::report::Format;
use crate::report::by_name;
use crate::report::output::Destination;
use crate::report::output::Fault;
use crate::report::output::Target;
use crate::report::output::WriteError;
use crate::report::output::check;
use crate::report::output::write_all;
use std::fs;
use std::io;
use std::io::ErrorKind;
use std::io::Write;
use std::path::Path;

fn target(format: &str, path: &Path) -> Target<'static> {
    Target {
        format: by_name(format).unwrap(),
        to: Destination::File(path.to_owned()),
    }
}

fn write(targets: &[Target<'_>]) -> Result<(), Vec<WriteError>> {
    write_all(&sample(), targets, &mut io::sink(), &|_, _| false)
}

#[test]
fn several_at_once_and_nothing_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (json, html) = (folder.path().join("r.json"), folder.path().join("r.html"));
    fs::write(&json, "old").unwrap();
    let mut stdout = Vec::new();
    let targets = [
        target("json", &json),
        target("html", &html),
        Target {
            format: by_name("text").unwrap(),
            to: Destination::Stdout,
        },
    ];
    write_all(&sample(), &targets, &mut stdout, &|_, _| false).unwrap();
    assert!(fs::read_to_string(json).unwrap().starts_with("{\n"));
    assert!(fs::read_to_string(html).unwrap().ends_with("</html>\n"));
    assert!(stdout.ends_with(b"not read.\n"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_failing_target_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("r.txt");
    let missing = folder.path().join("no/such/r.json");
    let targets = [
        target("json", &missing),
        target("jsonl", folder.path()),
        target("text", &good),
    ];
    let errors = write(&targets).unwrap_err();
    assert!(matches!(errors[0].fault, Fault::MissingFolder));
    assert!(matches!(errors[1].fault, Fault::IsFolder));
    assert_eq!(errors.len(), 2);
    assert!(good.is_file());
    assert!(
        errors[0]
            .to_string()
            .contains("its folder does not exist; create it")
    );
    assert!(check(&targets[0]).is_err() && check(&targets[1]).is_err());
    assert!(check(&targets[2]).is_ok());
}

#[test]
fn a_leak_withholds_the_report_and_keeps_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    fs::write(&path, "old").unwrap();
    let leaks = |_: &dyn Format, bytes: &[u8]| bytes.starts_with(b"{");
    let errors = write_all(&sample(), &[target("json", &path)], &mut io::sink(), &leaks);
    let errors = errors.unwrap_err();
    assert!(matches!(errors[0].fault, Fault::Leak));
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let errors = write(&[target("text", Path::new("/dev/full"))]).unwrap_err();
    assert!(matches!(errors[0].fault, Fault::DiskFull), "{}", errors[0]);
}

#[cfg(unix)]
#[test]
fn links_stay_links() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink("real", &link).unwrap();
    write(&[target("json", &link)]).unwrap();
    assert!(link.is_symlink());
    assert!(fs::read(file).unwrap().starts_with(b"{"));
}

/// A stream that fails as told.
struct Broken(ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_success_and_a_full_one_is_not() {
    let targets = [Target {
        format: by_name("text").unwrap(),
        to: Destination::Stdout,
    }];
    let write = |kind| write_all(&sample(), &targets, &mut Broken(kind), &|_, _| false);
    write(ErrorKind::BrokenPipe).unwrap();
    let errors = write(ErrorKind::StorageFull).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "cannot write the text report to standard output: the disk is full; free some space and run again"
    );
}

#[test]
fn the_check_sees_what_is_written() {
    struct Fixed;
    impl Format for Fixed {
        fn name(&self) -> &'static str {
            "fixed"
        }
        fn media_type(&self) -> &'static str {
            "text/plain"
        }
        fn extension(&self) -> &'static str {
            "fixed"
        }
        fn write(&self, _: &Report, out: &mut dyn Write) -> io::Result<()> {
            out.write_all(b"whole")
        }
    }
    let targets = [Target {
        format: &Fixed,
        to: Destination::Stdout,
    }];
    let whole = |_: &dyn Format, bytes: &[u8]| bytes == b"whole";
    assert!(write_all(&sample(), &targets, &mut io::sink(), &whole).is_err());
}

//! The moment at which new results take the place of old ones: all of them or none, whenever a run is killed.
//!
//! Results are written under temporary names and are on disk before anything changes. Then one small file appears, by a rename, that says what is
//! to be called what and what goes away. From then on the new results count: a reader follows that file where a step is still to be taken, and the
//! next run that writes takes the steps that are left. A reader changes nothing itself, so that it works where it may not write.

use crate::error::{Error, Result};
use crate::evidence::source::results::TEMPORARY;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What is still to be done.
const PENDING: &str = ".rootline-pending.json";

/// Steps to take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    /// Files that go away.
    pub remove: Vec<String>,
    /// Temporary name and final name of what comes.
    pub moves: Vec<(String, String)>,
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Case { action, path, source }
}

impl Pending {
    /// Reads the steps that are left in a folder; `None` where there are none.
    pub(super) fn read(folder: &Path, ours: &[&str]) -> Result<Option<Self>> {
        let path = folder.join(PENDING);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound || error.kind() == io::ErrorKind::NotADirectory => return Ok(None),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        let pending: Self = serde_json::from_slice(&text).map_err(|error| failed("read", &path)(error.into()))?;
        // The folder may come from anybody, so nothing but our own names in it is touched.
        let is_ours = |name: &String| ours.contains(&&**name);
        let is_temporary = |name: &String| name.starts_with(TEMPORARY) && !name.contains(['/', '\\']);
        if pending.remove.iter().all(is_ours) && pending.moves.iter().all(|(from, to)| is_temporary(from) && is_ours(to)) {
            Ok(Some(pending))
        } else {
            Err(failed("read", &path)(io::Error::new(io::ErrorKind::InvalidData, "it names files that are not part of a case")))
        }
    }

    /// Where a file of the folder is now: one that goes away is nowhere.
    pub(super) fn place(&self, folder: &Path, name: &str) -> PathBuf {
        if let Some((from, _)) = self.moves.iter().find(|(_, to)| to == name) {
            let waiting = folder.join(from);
            return if waiting.exists() { waiting } else { folder.join(name) };
        }
        if self.remove.iter().any(|removed| removed == name) {
            folder.join(format!("{TEMPORARY}removed")).join(name)
        } else {
            folder.join(name)
        }
    }

    /// Makes the steps the ones to take. What they name is on disk already.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(PENDING);
        let text = serde_json::to_vec(self).map_err(|error| failed("write", &path)(error.into()))?;
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder).map_err(failed("write to", folder))?;
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(failed("write", &path))?;
        file.persist(&path).map_err(|error| failed("write", &path)(error.error))?;
        sync(folder);
        Ok(())
    }

    /// Takes the steps that are left.
    pub(super) fn finish(&self, folder: &Path) -> Result<()> {
        for name in &self.remove {
            let path = folder.join(name);
            gone(fs::remove_file(&path)).map_err(failed("remove", &path))?;
        }
        for (from, to) in &self.moves {
            let (from, to) = (folder.join(from), folder.join(to));
            let Ok(metadata) = fs::symlink_metadata(&from) else { continue };
            if metadata.is_dir() {
                gone(fs::remove_dir_all(&to)).map_err(failed("remove", &to))?;
            }
            fs::rename(&from, &to).map_err(failed("put in place", &to))?;
        }
        sync(folder);
        let path = folder.join(PENDING);
        gone(fs::remove_file(&path)).map_err(failed("remove", &path))
    }
}

/// What is not there is gone.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Puts the names in a folder on disk, where the system can.
fn sync(folder: &Path) {
    // Some file systems cannot, and a crash of the machine is all that it is for.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [&str; 4] = ["a", "b", "old", "tree"];

    fn text(folder: &Path, pending: Option<&Pending>, name: &str) -> Option<String> {
        let path = pending.map_or_else(|| folder.join(name), |pending| pending.place(folder, name));
        fs::read_to_string(path).ok()
    }

    /// A folder in which new results wait to replace old ones.
    fn waiting() -> (tempfile::TempDir, Pending) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("a", "1"), ("old", "1"), (".rootline-1", "2"), (".rootline-2", "2")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        for (name, file) in [("tree", "gone"), (".rootline-3", "kept")] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join(file), "").unwrap();
        }
        let moves = [(".rootline-1", "a"), (".rootline-2", "b"), (".rootline-3", "tree")];
        let moves = moves.map(|(from, to)| (from.to_owned(), to.to_owned())).to_vec();
        (folder, Pending { remove: vec!["old".to_owned()], moves })
    }

    #[test]
    fn after_any_number_of_steps_a_reader_sees_the_new_results_and_the_next_run_takes_the_rest() {
        for steps in 0..=4 {
            let (folder, pending) = waiting();
            let path = folder.path();
            pending.write(path).unwrap();
            let done = Pending {
                remove: pending.remove.iter().take(steps).cloned().collect(),
                moves: pending.moves.iter().take(steps.saturating_sub(1)).cloned().collect(),
            };
            done.finish(path).unwrap();
            pending.write(path).unwrap();
            let left = Pending::read(path, &OURS).unwrap();
            let seen = ["a", "b", "old"].map(|name| text(path, left.as_ref(), name));
            assert_eq!(seen, [Some("2".to_owned()), Some("2".to_owned()), None], "{steps}");
            assert!(left.as_ref().unwrap().place(path, "tree").join("kept").exists());
            left.unwrap().finish(path).unwrap();
            assert_eq!(Pending::read(path, &OURS).unwrap(), None);
            assert_eq!(["a", "b", "old"].map(|name| text(path, None, name)), [Some("2".to_owned()), Some("2".to_owned()), None]);
            assert!(path.join("tree/kept").exists() && !path.join("tree/gone").exists());
        }
    }

    #[test]
    fn a_folder_of_somebody_else_cannot_have_other_files_moved_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        for pending in [
            r#"{"remove":["../x"],"moves":[]}"#,
            r#"{"remove":[],"moves":[[".rootline-1","/etc/passwd"]]}"#,
            r#"{"remove":[],"moves":[["x","a"]]}"#,
            r#"{"remove":[],"moves":[[".rootline-/../../x","a"]]}"#,
            "{",
        ] {
            fs::write(folder.path().join(PENDING), pending).unwrap();
            assert!(Pending::read(folder.path(), &OURS).is_err(), "{pending}");
        }
    }
}

//! Files and folders, and copies of buckets among them.

use super::copies::{self, Copied, File};
use super::s3::Scope;
use super::tree::{self, Facts, Met, Skip, uri};
use super::{Listing, Object, Passed, Place, Source, Stored, WHOLE_LIMIT, Why};
use crate::error::Error;
use foldhash::{HashMap, HashMapExt as _};
use rayon::prelude::*;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Files, and folders with everything below them. Symbolic links are followed, loops end, and a file that can be reached in
/// several ways is read once. Finished cases and converted records among them are named and left alone. What lies in an evidence copy of a bucket (`super::sidecar`) is listed as the bucket would be: under the names it has
/// there, and only as far as it is in the scope.
#[derive(Debug, Clone)]
pub struct Disk {
    roots: Vec<PathBuf>,
    scope: Scope,
    /// The case folder, which is not evidence and need not be there yet.
    case: Option<PathBuf>,
}

impl Disk {
    /// The given files and folders, without the folder that the case is written to.
    #[must_use]
    pub fn new(roots: Vec<PathBuf>, case: Option<&Path>) -> Self {
        Self { roots, scope: Scope::default(), case: case.map(Path::to_path_buf) }
    }

    /// The same, with what is wanted of copies of buckets.
    #[must_use]
    pub fn within(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }
}

/// Whether a folder is not to be looked into; `case` is canonical.
fn skip(path: &Path, case: Option<&Path>) -> Option<Skip> {
    if copies::is_sidecar(path) {
        return Some(Skip::Silently);
    }
    let case = case?;
    (path.file_name() == case.file_name() && path.canonicalize().is_ok_and(|path| path == *case)).then_some(Skip::Case)
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let met = tree::walk(&[folder.to_path_buf()], |_| None);
    let file = |met| if let Met::File(path, _) = met { Some(path) } else { None };
    met.into_iter().filter_map(file).collect()
}

/// For each file the place of the first that is the same, where that is another.
fn same(files: &[File]) -> Vec<Option<usize>> {
    let mut seen: HashMap<_, usize> = HashMap::with_capacity(files.len());
    let identities = files.iter().map(|file| file.facts.identity.as_ref());
    let first = |(place, identity): (usize, Option<_>)| Some(*seen.entry(identity?).or_insert(place)).filter(|first| *first != place);
    identities.enumerate().map(first).collect()
}

fn object(File { path, facts: Facts { size, .. }, copied }: File) -> Object {
    let (uri, place, etag, signature) = match copied {
        Some(Copied { uri, etag, signature }) => (uri, Some(path), etag, signature),
        None => match path.into_os_string().into_string() {
            Ok(uri) => (uri, None, None, None),
            Err(path) => (uri(Path::new(&path)), Some(PathBuf::from(path)), None, None),
        },
    };
    Object { uri, size, place: Place::File(place), etag, signature }
}

impl Source for Disk {
    fn list(&self) -> Result<Listing, Error> {
        for root in &self.roots {
            fs::metadata(root).map_err(|source| Error::NoEvidence { path: root.clone(), source })?;
        }
        let (mut walked, mut passed, mut sidecars) = (Vec::new(), Vec::new(), Vec::new());
        let case = self.case.as_ref().and_then(|case| case.canonicalize().ok());
        for met in tree::walk(&self.roots, |path| skip(path, case.as_deref())) {
            match met {
                Met::File(path, facts) => walked.push((path, facts)),
                Met::Passed(one) => passed.push(one),
                Met::Skipped(path) => sidecars.push(path),
            }
        }
        let mut found = copies::name(&self.roots, &sidecars, &self.scope, walked, &mut passed)?;
        // By path, so that which of several ways to a file counts as the first does not depend on the order of the folder. The walk
        // gives long stretches in order, which this sort is quick with.
        found.sort_by(|one, other| one.path.as_os_str().cmp(other.path.as_os_str()));
        let same = same(&found);
        let mut objects: Vec<Object> = found.into_par_iter().map(object).collect();
        if same.iter().any(Option::is_some) {
            let first = |place: Option<usize>| place.map(|place| objects[place].uri.clone());
            let firsts: Vec<Option<String>> = same.into_iter().map(first).collect();
            let mut read = Vec::with_capacity(objects.len());
            for (object, first) in objects.into_iter().zip(firsts) {
                match first {
                    None => read.push(object),
                    Some(first) => passed.push(Passed { why: Why::SameAs(first), uri: object.uri, size: object.size }),
                }
            }
            objects = read;
        }
        Ok(Listing { objects, passed })
    }

    fn open<'b>(&self, object: &Object, buffer: &'b mut Vec<u8>) -> io::Result<Stored<'b>> {
        let Place::File(path) = &object.place else {
            return Err(io::Error::other("not a file"));
        };
        let mut file = fs::File::open(path.as_deref().unwrap_or(Path::new(&object.uri)))?;
        if object.size > WHOLE_LIMIT as u64 {
            return Ok(Stored::File(file));
        }
        // Room for one byte more than expected: when what comes is what the listing said, the end was reached, and a file that grew is
        // noticed and not cut.
        let expected = usize::try_from(object.size).unwrap_or(WHOLE_LIMIT).min(WHOLE_LIMIT);
        let mut filled = 0;
        loop {
            let room = (expected + 1).max(filled + 1);
            if buffer.len() < room {
                buffer.resize(room.max(filled.saturating_mul(2)), 0);
            }
            match file.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if filled == expected && filled < buffer.len() {
                break;
            }
            if filled > WHOLE_LIMIT {
                io::Seek::rewind(&mut file)?;
                return Ok(Stored::File(file));
            }
        }
        Ok(Stored::Bytes(&buffer[..filled]))
    }
}

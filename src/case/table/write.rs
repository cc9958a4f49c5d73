//! Parquet files written row group by row group: zstd, with statistics.

use super::SCHEMA_VERSION;
use super::columns::{Rows, Schema, fields};
use crate::error::{Error, Result};
use crate::evidence::sync::lock;
use polars::prelude::{ArrowSchema, PolarsError, PolarsResult};
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::page::{CompressedDataPage, CompressedDictPage, CompressedPage, Page};
use polars_parquet::write::{
    CompressionOptions, DynIter, DynStreamingIterator, FileWriter, KeyValue, SchemaDescriptor, StatisticsOptions, Version, WriteOptions,
    array_to_columns, fallible_streaming_iterator, schema_to_metadata_key,
};
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use zstd::bulk::Compressor;

/// The level takes half the time of the default one, and on these tables the file is no larger.
const ZSTD_LEVEL: i32 = 1;

/// Batches that a thread takes before those of all threads are written: what is compressed takes little room.
const AHEAD: usize = 16;

/// A Parquet file under construction, one row group a batch.
pub struct TableWriter {
    path: PathBuf,
    writer: FileWriter<BufWriter<Watched>>,
    failure: Failure,
}

/// What the system said when a file could not be written, which is lost on the way through the encoder.
type Failure = Arc<Mutex<Option<io::Error>>>;

/// A file that keeps its first error.
struct Watched {
    file: File,
    failure: Failure,
}

impl Watched {
    fn note<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.inspect_err(|error| {
            let first = || error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            lock(&self.failure).get_or_insert_with(first);
        })
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.file.flush();
        self.note(flushed)
    }
}

/// A row group ready to be written.
pub struct Encoded {
    rows: usize,
    columns: Vec<Vec<CompressedPage>>,
}

impl TableWriter {
    /// Starts a table in `file`; `path` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn new(file: File, path: &Path, schema: &Schema) -> Result<Self> {
        let path = path.to_path_buf();
        let options = WriteOptions {
            statistics: StatisticsOptions::default(),
            version: Version::V1,
            compression: CompressionOptions::Zstd(None),
            data_page_size: None,
        };
        let schema: ArrowSchema = fields(schema).map(|field| (field.name.clone(), field)).collect();
        let failure = Failure::default();
        match FileWriter::try_new(BufWriter::new(Watched { file, failure: Arc::clone(&failure) }), schema, options) {
            Ok(writer) => Ok(Self { path, writer, failure }),
            Err(error) => Err(failed(&path, &failure, error)),
        }
    }

    /// Encodes and compresses rows; on any thread, and as many batches at a time as there is memory for.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn encode(&self, rows: Rows) -> Result<Encoded> {
        encode(self.writer.parquet_schema(), self.writer.options(), rows).map_err(|error| failed(&self.path, &self.failure, error))
    }

    /// Writes a row group; one without rows is left out.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn write(&mut self, group: &Encoded) -> Result<()> {
        if group.rows == 0 {
            return Ok(());
        }
        let columns = group
            .columns
            .iter()
            .map(|pages| Ok(DynStreamingIterator::new(fallible_streaming_iterator::convert(pages.iter().map(PolarsResult::Ok)))));
        let outcome = self.writer.write(group.rows as u64, DynIter::new(columns));
        outcome.map_err(|error| failed(&self.path, &self.failure, error))
    }

    /// Writes every batch, a row group each, and the footer. Batches are made and compressed on all threads, some for each of them at a time;
    /// `after` is called when one has been.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn write_all<T: Sync>(mut self, batches: &[&[T]], fill: impl Fn(&[T]) -> Rows + Sync, after: impl Fn() + Sync) -> Result<()> {
        for some in batches.chunks(AHEAD * rayon::current_num_threads()) {
            let encode = |batch: &&[T]| {
                let encoded = self.encode(fill(batch));
                after();
                encoded
            };
            let encoded: Result<Vec<Encoded>> = some.par_iter().with_max_len(1).map(encode).collect();
            for group in encoded? {
                self.write(&group)?;
            }
        }
        self.finish()
    }

    /// Writes the footer.
    ///
    /// # Errors
    /// [`Error::Table`].
    pub fn finish(mut self) -> Result<()> {
        let ours = [("rootline.schema_version", SCHEMA_VERSION), ("rootline.version", env!("CARGO_PKG_VERSION"))];
        let ours = ours.map(|(key, value)| KeyValue { key: key.to_owned(), value: Some(value.to_owned()) });
        let metadata = [schema_to_metadata_key(self.writer.schema())].into_iter().chain(ours).collect();
        // Ends with a flush of the buffered file.
        self.writer.end(Some(metadata)).map_err(|error| failed(&self.path, &self.failure, error))?;
        Ok(())
    }
}

fn encode(schema: &SchemaDescriptor, options: WriteOptions, rows: Rows) -> PolarsResult<Encoded> {
    let count = rows.len();
    let mut columns = Vec::with_capacity(schema.fields().len());
    // One for all pages: setting one up costs as much as a small page.
    let mut compressor = Compressor::new(ZSTD_LEVEL)?;
    let mut scratch = Vec::new();
    for ((array, encoding), field) in rows.into_arrays().zip(schema.fields()) {
        for pages in array_to_columns(array, field.clone(), options, &[encoding])? {
            columns.push(pages.map(|page| compress(page?, &mut compressor, &mut scratch)).collect::<PolarsResult<_>>()?);
        }
    }
    Ok(Encoded { rows: count, columns })
}

/// A page of version 1, whose levels are compressed along with its values.
fn compress(page: Page, compressor: &mut Compressor<'_>, scratch: &mut Vec<u8>) -> PolarsResult<CompressedPage> {
    let mut zstd = |plain: &[u8]| {
        scratch.clear();
        scratch.reserve(zstd::zstd_safe::compress_bound(plain.len()));
        compressor.compress_to_buffer(plain, scratch)?;
        Ok::<_, PolarsError>(CowBuffer::Owned(scratch.clone()))
    };
    Ok(match page {
        Page::Data(page) => {
            let (plain, compressed) = (page.buffer().len(), zstd(page.buffer())?);
            let rows = page.num_rows().unwrap_or(0);
            CompressedPage::Data(CompressedDataPage::new(
                page.header().clone(),
                compressed,
                Compression::Zstd,
                plain,
                page.descriptor,
                rows,
            ))
        }
        Page::Dict(page) => {
            let (plain, compressed) = (page.buffer.len(), zstd(&page.buffer)?);
            CompressedPage::Dict(CompressedDictPage::new(compressed, Compression::Zstd, plain, page.num_values, page.is_sorted))
        }
    })
}

fn failed(path: &Path, failure: &Failure, error: PolarsError) -> Error {
    match lock(failure).take() {
        Some(source) => Error::Case { action: "write", path: path.to_path_buf(), source },
        None => Error::Table { action: "write", path: path.to_path_buf(), source: error.into() },
    }
}

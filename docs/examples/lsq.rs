// SPDX-License-Identifier: BSD-3-Clause
//! Least squares from Rust, with nothing but std: read a sparse matrix and a right-hand side, solve min |A x - b|, look at
//! the report, provoke an error, cancel a solve.
//!
//!   rustc -O lsq.rs $(pkg-config --libs-only-L akr) && ./lsq data/well1033.mtx data/well1033_rhs1.mtx
//!
//! An example, not a benchmark.
use std::error::Error;
use std::ffi::CStr;
use std::os::raw::{c_char, c_void};
use std::ptr::{null, null_mut};

/// Handles are pointers to types that nobody outside the library knows.
#[repr(C)]
pub struct Opaque {
    _private: [u8; 0],
}
type Progress = extern "C" fn(user: *mut c_void, now: *const Opaque) -> i32;

#[link(name = "akr")]
extern "C" {
    fn akr_version() -> i32;
    fn akr_last_error() -> *const c_char;
    fn akr_status_name(status: i32) -> *const c_char;
    fn akr_options_create(options: *mut *mut Opaque) -> i32;
    fn akr_options_set_progress(options: *mut Opaque, progress: Progress, user: *mut c_void) -> i32;
    fn akr_options_destroy(options: *mut Opaque);
    fn akr_report_create(report: *mut *mut Opaque) -> i32;
    fn akr_report_get_i64(report: *const Opaque, key: *const c_char, value: *mut i64) -> i32;
    fn akr_report_get_f64(report: *const Opaque, key: *const c_char, value: *mut f64) -> i32;
    fn akr_report_get_str(
        report: *const Opaque, key: *const c_char, buf: *mut c_char, capacity: i64, length: *mut i64,
    ) -> i32;
    fn akr_report_destroy(report: *mut Opaque);
    fn akr_matrix_create_sparse_f64(
        layout: i32, rows: i64, cols: i64, index_bits: i32, index_base: i32, start: *const c_void, index: *const c_void,
        value: *const f64, options: *const Opaque, matrix: *mut *mut Opaque,
    ) -> i32;
    fn akr_matrix_destroy(matrix: *mut Opaque);
    fn akr_lsq_solve_f64(
        a: *const Opaque, m: *const Opaque, ridge: f64, nrhs: i64, b: *const f64, ldb: i64, x: *mut f64, ldx: i64,
        options: *const Opaque, report: *mut Opaque,
    ) -> i32;
}
const ROW_MAJOR: i32 = 1;

fn text(p: *const c_char) -> String {
    // The library's texts are valid until its next call on this thread: copied at once.
    unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned()
}
fn name(status: i32) -> String {
    text(unsafe { akr_status_name(status) })
}
fn last_error() -> String {
    text(unsafe { akr_last_error() })
}
/// Positive statuses are results, not errors.
fn require(status: i32) -> Result<i32, String> {
    if status < 0 {
        return Err(format!("{}: {}", name(status), last_error()));
    }
    Ok(status)
}

/// What owns a handle destroys it.
struct Handle {
    raw: *mut Opaque,
    destroy: unsafe extern "C" fn(*mut Opaque),
}
impl Handle {
    fn new(
        create: impl FnOnce(*mut *mut Opaque) -> i32, destroy: unsafe extern "C" fn(*mut Opaque),
    ) -> Result<Handle, String> {
        let mut raw = null_mut();
        require(create(&mut raw))?;
        Ok(Handle { raw, destroy })
    }
}
impl Drop for Handle {
    fn drop(&mut self) {
        unsafe { (self.destroy)(self.raw) }
    }
}

/// A matrix by rows, counted from 0; it must outlive the handle that borrows it.
struct Sparse {
    rows: usize,
    cols: usize,
    start: Vec<i64>,
    column: Vec<i64>,
    value: Vec<f64>,
}
impl Sparse {
    fn handle(&self) -> Result<Handle, String> {
        let create = |out| unsafe {
            akr_matrix_create_sparse_f64(
                ROW_MAJOR, self.rows as i64, self.cols as i64, 64, 0, self.start.as_ptr().cast(),
                self.column.as_ptr().cast(), self.value.as_ptr(), null(), out,
            )
        };
        Handle::new(create, akr_matrix_destroy)
    }
}

/// The lines of a Matrix Market file behind its comments, as lists of words.
fn market_lines(file: &str) -> impl Iterator<Item = Vec<&str>> {
    file.lines().filter(|line| !line.starts_with('%')).map(|line| line.split_whitespace().collect())
}

fn read_matrix(path: &str) -> Result<Sparse, Box<dyn Error>> {
    let file = std::fs::read_to_string(path)?;
    let mut lines = market_lines(&file);
    let size: Vec<usize> = lines.next().ok_or("no size line")?.iter().map(|w| w.parse()).collect::<Result<_, _>>()?;
    let (rows, cols, count) = match size[..] {
        [rows, cols, count] => (rows, cols, count),
        _ => return Err("the matrix has no size line".into()),
    };
    let mut entries = Vec::with_capacity(count);
    for line in lines {
        match line[..] {
            [i, j, v] => entries.push((i.parse::<usize>()? - 1, j.parse::<i64>()? - 1, v.parse::<f64>()?)),
            _ => return Err("an entry is not three numbers".into()),
        }
    }
    if entries.len() != count || entries.iter().any(|e| e.0 >= rows) {
        return Err("the entries are not as announced".into());
    }
    entries.sort_by_key(|e| (e.0, e.1));
    let mut start = vec![0i64; rows + 1];
    entries.iter().for_each(|e| start[e.0 + 1] += 1);
    (0..rows).for_each(|i| start[i + 1] += start[i]);
    let (column, value) = entries.iter().map(|e| (e.1, e.2)).unzip();
    Ok(Sparse { rows, cols, start, column, value })
}

fn read_vector(path: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let file = std::fs::read_to_string(path)?;
    market_lines(&file).skip(1).map(|words| Ok(words.first().ok_or("an empty line")?.parse()?)).collect()
}

/// It must not unwind into C: what it does cannot panic.
extern "C" fn cancel_at_once(user: *mut c_void, _now: *const Opaque) -> i32 {
    unsafe { *user.cast::<i32>() += 1 };
    1
}

fn key(zero_terminated: &'static [u8]) -> *const c_char {
    zero_terminated.as_ptr().cast()
}

fn print_report(report: &Handle) -> Result<(), String> {
    let (mut residual, mut error, mut rank, mut length) = (0.0, 0.0, 0, 0);
    let mut stopped_by: [c_char; 32] = [0; 32];
    unsafe {
        require(akr_report_get_str(report.raw, key(b"stopped_by\0"), stopped_by.as_mut_ptr(), 32, &mut length))?;
        require(akr_report_get_f64(report.raw, key(b"residual_norm\0"), &mut residual))?;
        require(akr_report_get_f64(report.raw, key(b"backward_error\0"), &mut error))?;
        require(akr_report_get_i64(report.raw, key(b"rank\0"), &mut rank))?;
    }
    println!("stopped by: {}", text(stopped_by.as_ptr()));
    println!("residual norm: {residual:.6}");
    println!("backward error below 1e-14: {}", if error < 1e-14 { "yes" } else { "no" });
    println!("rank: {rank}");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() != 3 {
        return Err("usage: lsq MATRIX.mtx RIGHT_HAND_SIDE.mtx".into());
    }
    let version = unsafe { akr_version() };
    println!("libakr {}.{}.{}", version / 10000, version / 100 % 100, version % 100);
    let a = read_matrix(&arguments[1])?;
    let b = read_vector(&arguments[2])?;
    if b.len() != a.rows {
        return Err("the right-hand side does not fit the matrix".into());
    }
    let mut x = vec![0.0; a.cols];
    let (rows, cols) = (a.rows as i64, a.cols as i64);
    println!("matrix: {rows} x {cols}, {} entries", a.value.len());

    // 1. Solve. The matrix borrows the arrays of `a`.
    let matrix = a.handle()?;
    let report = Handle::new(|out| unsafe { akr_report_create(out) }, akr_report_destroy)?;
    let solve = |x: &mut [f64], ldx, options: *const Opaque| unsafe {
        akr_lsq_solve_f64(matrix.raw, null(), 0.0, 1, b.as_ptr(), rows, x.as_mut_ptr(), ldx, options, report.raw)
    };
    let status = require(solve(&mut x, cols, null()))?;
    println!("status: {}", name(status));
    print_report(&report)?;
    let norm = x.iter().map(|v| v * v).sum::<f64>().sqrt();
    println!("solution norm: {norm:.4}, first: {:.5}, last: {:.5}", x[0], x[x.len() - 1]);

    // 2. An error: the status says what kind, the text what exactly. x is left as it was.
    let status = solve(&mut x, cols - 1, null());
    println!("error: {}: {}", name(status), last_error());

    // 3. A solve that the progress callback cancels.
    let mut calls = 0i32;
    let options = Handle::new(|out| unsafe { akr_options_create(out) }, akr_options_destroy)?;
    require(unsafe { akr_options_set_progress(options.raw, cancel_at_once, (&mut calls as *mut i32).cast()) })?;
    let status = require(solve(&mut x, cols, options.raw))?;
    println!("cancelled: {}, after calls: {calls}", name(status));
    Ok(())
}

! SPDX-License-Identifier: BSD-3-Clause
!
! libakr for Fortran 2003 and later. Compile this file with your program: module files fit one compiler only, so it is
! shipped as source (`pkg-config --variable=fortran_source akr` says where).
!
! Every function of akr.h is here under its own name and with the arguments in the same order; akr.h is the manual.
!   handles             type(c_ptr); c_null_ptr where NULL is allowed (options, report, preconditioner)
!   text into libakr    'rtol'//c_null_char, or akr_c('rtol')
!   text from libakr    type(c_ptr); akr_text() makes a character string of it
!   borrowed arrays     c_loc(a) of a TARGET array: libakr keeps the address until the handle is destroyed, and an
!                       ordinary argument might be a copy that is gone by then
!   buf, capacity       c_null_ptr and 0 ask for the length
!   callbacks           c_funloc of a bind(c) procedure with one of the abstract interfaces below
! What is not in akr.h stands after CONTAINS: akr_set, akr_get, akr_text, akr_c, akr_error_text, akr_require.
module akr
  use, intrinsic :: iso_c_binding
  implicit none
  private :: c_strlen

  ! Statuses: 0 done; > 0 ended at a defined point, outputs valid; < 0 error.
  integer(c_int32_t), parameter :: AKR_OK = 0
  integer(c_int32_t), parameter :: AKR_NOT_CONVERGED = 1
  integer(c_int32_t), parameter :: AKR_CANCELLED = 2
  integer(c_int32_t), parameter :: AKR_RANK_DEFICIENT = 3
  integer(c_int32_t), parameter :: AKR_PRECISION_LIMIT = 4
  integer(c_int32_t), parameter :: AKR_E_ARGUMENT = -1
  integer(c_int32_t), parameter :: AKR_E_OPTION = -2
  integer(c_int32_t), parameter :: AKR_E_MEMORY = -3
  integer(c_int32_t), parameter :: AKR_E_NOT_FINITE = -4
  integer(c_int32_t), parameter :: AKR_E_NUMERIC = -5
  integer(c_int32_t), parameter :: AKR_E_CALLBACK = -6
  integer(c_int32_t), parameter :: AKR_E_UNSUPPORTED = -7
  integer(c_int32_t), parameter :: AKR_E_NO_VALUE = -8
  integer(c_int32_t), parameter :: AKR_E_CANCELLED = -9
  integer(c_int32_t), parameter :: AKR_E_INTERNAL = -99

  integer(c_int32_t), parameter :: AKR_COL_MAJOR = 0
  integer(c_int32_t), parameter :: AKR_ROW_MAJOR = 1
  integer(c_int32_t), parameter :: AKR_LOG_WARN = 1
  integer(c_int32_t), parameter :: AKR_LOG_INFO = 2
  integer(c_int32_t), parameter :: AKR_LOG_DEBUG = 3
  integer(c_int32_t), parameter :: AKR_PRECOND_FULL = 0
  integer(c_int32_t), parameter :: AKR_PRECOND_RIGHT = 1

  ! akr_set(options, key, value) returns the status. Integers of 32 and 64 bits, c_double, text.
  interface akr_set
    module procedure akr_set_int32, akr_set_int64, akr_set_double, akr_set_text
  end interface akr_set

  ! akr_get(report, key, value) returns the status; text and arrays are allocated to their length.
  interface akr_get
    module procedure akr_get_int64, akr_get_double, akr_get_text, akr_get_doubles, akr_get_int64s
  end interface akr_get

  ! What callbacks must look like. A result that is not 0 stops the call.
  abstract interface
    function akr_apply_f64(user, transpose, ncols, x, ldx, y, ldy) bind(c) result(stop_code)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: user
      integer(c_int32_t), value :: transpose
      integer(c_int64_t), value :: ncols, ldx, ldy
      real(c_double), intent(in) :: x(ldx, *)
      real(c_double), intent(inout) :: y(ldy, *)
      integer(c_int32_t) :: stop_code
    end function akr_apply_f64

    function akr_apply_f32(user, transpose, ncols, x, ldx, y, ldy) bind(c) result(stop_code)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: user
      integer(c_int32_t), value :: transpose
      integer(c_int64_t), value :: ncols, ldx, ldy
      real(c_float), intent(in) :: x(ldx, *)
      real(c_float), intent(inout) :: y(ldy, *)
      integer(c_int32_t) :: stop_code
    end function akr_apply_f32

    ! block is row-major: block(j, i) here is column j of row first_row + i - 1 (first_row counts from 0).
    function akr_rows_f64(user, first_row, nrows, block, ld) bind(c) result(stop_code)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: user
      integer(c_int64_t), value :: first_row, nrows, ld
      real(c_double), intent(inout) :: block(ld, *)
      integer(c_int32_t) :: stop_code
    end function akr_rows_f64

    function akr_rows_f32(user, first_row, nrows, block, ld) bind(c) result(stop_code)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: user
      integer(c_int64_t), value :: first_row, nrows, ld
      real(c_float), intent(inout) :: block(ld, *)
      integer(c_int32_t) :: stop_code
    end function akr_rows_f32

    function akr_progress_fn(user, now) bind(c) result(stop_code)
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: user, now
      integer(c_int32_t) :: stop_code
    end function akr_progress_fn

    subroutine akr_log_fn(user, level, utf8) bind(c)
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: user, utf8
      integer(c_int32_t), value :: level
    end subroutine akr_log_fn

    subroutine akr_lock_fn(user) bind(c)
      import :: c_ptr
      type(c_ptr), value :: user
    end subroutine akr_lock_fn
  end interface

  ! The functions of akr.h.
  interface
    ! 1. Version, errors

    function akr_version() bind(c, name='akr_version') result(version)
      import :: c_int32_t
      integer(c_int32_t) :: version
    end function akr_version

    function akr_build_info() bind(c, name='akr_build_info') result(text)
      import :: c_ptr
      type(c_ptr) :: text
    end function akr_build_info

    function akr_status_name(status) bind(c, name='akr_status_name') result(text)
      import :: c_int32_t, c_ptr
      integer(c_int32_t), value :: status
      type(c_ptr) :: text
    end function akr_status_name

    function akr_last_error() bind(c, name='akr_last_error') result(text)
      import :: c_ptr
      type(c_ptr) :: text
    end function akr_last_error

    subroutine akr_set_planner_lock(lock, unlock, user) bind(c, name='akr_set_planner_lock')
      import :: c_funptr, c_ptr
      type(c_funptr), value :: lock, unlock
      type(c_ptr), value :: user
    end subroutine akr_set_planner_lock

    ! 2. Options

    function akr_options_create(out) bind(c, name='akr_options_create') result(status)
      import :: c_int32_t, c_ptr
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_options_create

    function akr_options_clone(options, out) bind(c, name='akr_options_clone') result(status)
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_options_clone

    subroutine akr_options_destroy(options) bind(c, name='akr_options_destroy')
      import :: c_ptr
      type(c_ptr), value :: options
    end subroutine akr_options_destroy

    function akr_options_set_i64(options, key, value) bind(c, name='akr_options_set_i64') result(status)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: options
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), value :: value
      integer(c_int32_t) :: status
    end function akr_options_set_i64

    function akr_options_set_f64(options, key, value) bind(c, name='akr_options_set_f64') result(status)
      import :: c_char, c_double, c_int32_t, c_ptr
      type(c_ptr), value :: options
      character(kind=c_char), intent(in) :: key(*)
      real(c_double), value :: value
      integer(c_int32_t) :: status
    end function akr_options_set_f64

    function akr_options_set_str(options, key, value) bind(c, name='akr_options_set_str') result(status)
      import :: c_char, c_int32_t, c_ptr
      type(c_ptr), value :: options
      character(kind=c_char), intent(in) :: key(*), value(*)
      integer(c_int32_t) :: status
    end function akr_options_set_str

    function akr_options_get_i64(options, key, value) bind(c, name='akr_options_get_i64') result(status)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: options
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), intent(out) :: value
      integer(c_int32_t) :: status
    end function akr_options_get_i64

    function akr_options_get_f64(options, key, value) bind(c, name='akr_options_get_f64') result(status)
      import :: c_char, c_double, c_int32_t, c_ptr
      type(c_ptr), value :: options
      character(kind=c_char), intent(in) :: key(*)
      real(c_double), intent(out) :: value
      integer(c_int32_t) :: status
    end function akr_options_get_f64

    function akr_options_get_str(options, key, buf, capacity, length) &
        bind(c, name='akr_options_get_str') result(status)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: options, buf
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), value :: capacity
      integer(c_int64_t), intent(out) :: length
      integer(c_int32_t) :: status
    end function akr_options_get_str

    function akr_option_count() bind(c, name='akr_option_count') result(count)
      import :: c_int64_t
      integer(c_int64_t) :: count
    end function akr_option_count

    function akr_option_key(index) bind(c, name='akr_option_key') result(text)
      import :: c_int64_t, c_ptr
      integer(c_int64_t), value :: index
      type(c_ptr) :: text
    end function akr_option_key

    function akr_option_info(key, field) bind(c, name='akr_option_info') result(text)
      import :: c_char, c_ptr
      character(kind=c_char), intent(in) :: key(*), field(*)
      type(c_ptr) :: text
    end function akr_option_info

    function akr_options_set_progress(options, fn, user) bind(c, name='akr_options_set_progress') result(status)
      import :: c_funptr, c_int32_t, c_ptr
      type(c_ptr), value :: options, user
      type(c_funptr), value :: fn
      integer(c_int32_t) :: status
    end function akr_options_set_progress

    function akr_options_set_log(options, fn, user) bind(c, name='akr_options_set_log') result(status)
      import :: c_funptr, c_int32_t, c_ptr
      type(c_ptr), value :: options, user
      type(c_funptr), value :: fn
      integer(c_int32_t) :: status
    end function akr_options_set_log

    function akr_options_set_cancel(options, flag) bind(c, name='akr_options_set_cancel') result(status)
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: options, flag
      integer(c_int32_t) :: status
    end function akr_options_set_cancel

    ! 3. Report

    function akr_report_create(out) bind(c, name='akr_report_create') result(status)
      import :: c_int32_t, c_ptr
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_report_create

    subroutine akr_report_destroy(report) bind(c, name='akr_report_destroy')
      import :: c_ptr
      type(c_ptr), value :: report
    end subroutine akr_report_destroy

    function akr_report_count(report) bind(c, name='akr_report_count') result(count)
      import :: c_int64_t, c_ptr
      type(c_ptr), value :: report
      integer(c_int64_t) :: count
    end function akr_report_count

    function akr_report_key(report, index) bind(c, name='akr_report_key') result(text)
      import :: c_int64_t, c_ptr
      type(c_ptr), value :: report
      integer(c_int64_t), value :: index
      type(c_ptr) :: text
    end function akr_report_key

    function akr_report_get_i64(report, key, value) bind(c, name='akr_report_get_i64') result(status)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: report
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), intent(out) :: value
      integer(c_int32_t) :: status
    end function akr_report_get_i64

    function akr_report_get_f64(report, key, value) bind(c, name='akr_report_get_f64') result(status)
      import :: c_char, c_double, c_int32_t, c_ptr
      type(c_ptr), value :: report
      character(kind=c_char), intent(in) :: key(*)
      real(c_double), intent(out) :: value
      integer(c_int32_t) :: status
    end function akr_report_get_f64

    function akr_report_get_str(report, key, buf, capacity, length) bind(c, name='akr_report_get_str') result(status)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: report, buf
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), value :: capacity
      integer(c_int64_t), intent(out) :: length
      integer(c_int32_t) :: status
    end function akr_report_get_str

    function akr_report_get_array_f64(report, key, buf, capacity, length) &
        bind(c, name='akr_report_get_array_f64') result(status)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: report, buf
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), value :: capacity
      integer(c_int64_t), intent(out) :: length
      integer(c_int32_t) :: status
    end function akr_report_get_array_f64

    function akr_report_get_array_i64(report, key, buf, capacity, length) &
        bind(c, name='akr_report_get_array_i64') result(status)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: report, buf
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), value :: capacity
      integer(c_int64_t), intent(out) :: length
      integer(c_int32_t) :: status
    end function akr_report_get_array_i64

    function akr_report_to_json(report, buf, capacity, length) bind(c, name='akr_report_to_json') result(status)
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: report, buf
      integer(c_int64_t), value :: capacity
      integer(c_int64_t), intent(out) :: length
      integer(c_int32_t) :: status
    end function akr_report_to_json

    ! 4. Matrices

    function akr_matrix_create_dense_f64(layout, rows, cols, a, lda, options, out) &
        bind(c, name='akr_matrix_create_dense_f64') result(status)
      import :: c_int32_t, c_int64_t, c_ptr
      integer(c_int32_t), value :: layout
      integer(c_int64_t), value :: rows, cols, lda
      type(c_ptr), value :: a, options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_matrix_create_dense_f64

    function akr_matrix_create_dense_f32(layout, rows, cols, a, lda, options, out) &
        bind(c, name='akr_matrix_create_dense_f32') result(status)
      import :: c_int32_t, c_int64_t, c_ptr
      integer(c_int32_t), value :: layout
      integer(c_int64_t), value :: rows, cols, lda
      type(c_ptr), value :: a, options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_matrix_create_dense_f32

    function akr_matrix_create_sparse_f64(layout, rows, cols, index_bits, index_base, ptr, index, values, options, &
        out) bind(c, name='akr_matrix_create_sparse_f64') result(status)
      import :: c_int32_t, c_int64_t, c_ptr
      integer(c_int32_t), value :: layout, index_bits, index_base
      integer(c_int64_t), value :: rows, cols
      type(c_ptr), value :: ptr, index, values, options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_matrix_create_sparse_f64

    function akr_matrix_create_sparse_f32(layout, rows, cols, index_bits, index_base, ptr, index, values, options, &
        out) bind(c, name='akr_matrix_create_sparse_f32') result(status)
      import :: c_int32_t, c_int64_t, c_ptr
      integer(c_int32_t), value :: layout, index_bits, index_base
      integer(c_int64_t), value :: rows, cols
      type(c_ptr), value :: ptr, index, values, options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_matrix_create_sparse_f32

    function akr_matrix_create_callback_f64(rows, cols, apply, user, options, out) &
        bind(c, name='akr_matrix_create_callback_f64') result(status)
      import :: c_funptr, c_int32_t, c_int64_t, c_ptr
      integer(c_int64_t), value :: rows, cols
      type(c_funptr), value :: apply
      type(c_ptr), value :: user, options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_matrix_create_callback_f64

    function akr_matrix_create_callback_f32(rows, cols, apply, user, options, out) &
        bind(c, name='akr_matrix_create_callback_f32') result(status)
      import :: c_funptr, c_int32_t, c_int64_t, c_ptr
      integer(c_int64_t), value :: rows, cols
      type(c_funptr), value :: apply
      type(c_ptr), value :: user, options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_matrix_create_callback_f32

    function akr_matrix_create_rows_f64(rows, cols, read, user, options, out) &
        bind(c, name='akr_matrix_create_rows_f64') result(status)
      import :: c_funptr, c_int32_t, c_int64_t, c_ptr
      integer(c_int64_t), value :: rows, cols
      type(c_funptr), value :: read
      type(c_ptr), value :: user, options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_matrix_create_rows_f64

    function akr_matrix_create_rows_f32(rows, cols, read, user, options, out) &
        bind(c, name='akr_matrix_create_rows_f32') result(status)
      import :: c_funptr, c_int32_t, c_int64_t, c_ptr
      integer(c_int64_t), value :: rows, cols
      type(c_funptr), value :: read
      type(c_ptr), value :: user, options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_matrix_create_rows_f32

    function akr_matrix_get_i64(matrix, key, value) bind(c, name='akr_matrix_get_i64') result(status)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: matrix
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), intent(out) :: value
      integer(c_int32_t) :: status
    end function akr_matrix_get_i64

    subroutine akr_matrix_destroy(matrix) bind(c, name='akr_matrix_destroy')
      import :: c_ptr
      type(c_ptr), value :: matrix
    end subroutine akr_matrix_destroy

    ! 5. Preconditioners

    function akr_precond_create(matrix, ridge, options, report, out) bind(c, name='akr_precond_create') result(status)
      import :: c_double, c_int32_t, c_ptr
      type(c_ptr), value :: matrix, options, report
      real(c_double), value :: ridge
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_precond_create

    function akr_precond_apply_f64(precond, part, transpose, nrhs, x, ldx, y, ldy, options, report) &
        bind(c, name='akr_precond_apply_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: precond, options, report
      integer(c_int32_t), value :: part, transpose
      integer(c_int64_t), value :: nrhs, ldx, ldy
      real(c_double), intent(in) :: x(*)
      real(c_double), intent(inout) :: y(*)
      integer(c_int32_t) :: status
    end function akr_precond_apply_f64

    function akr_precond_apply_f32(precond, part, transpose, nrhs, x, ldx, y, ldy, options, report) &
        bind(c, name='akr_precond_apply_f32') result(status)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: precond, options, report
      integer(c_int32_t), value :: part, transpose
      integer(c_int64_t), value :: nrhs, ldx, ldy
      real(c_float), intent(in) :: x(*)
      real(c_float), intent(inout) :: y(*)
      integer(c_int32_t) :: status
    end function akr_precond_apply_f32

    function akr_precond_get_r_f64(precond, r, ldr) bind(c, name='akr_precond_get_r_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: precond
      real(c_double), intent(inout) :: r(*)
      integer(c_int64_t), value :: ldr
      integer(c_int32_t) :: status
    end function akr_precond_get_r_f64

    function akr_precond_get_r_f32(precond, r, ldr) bind(c, name='akr_precond_get_r_f32') result(status)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: precond
      real(c_float), intent(inout) :: r(*)
      integer(c_int64_t), value :: ldr
      integer(c_int32_t) :: status
    end function akr_precond_get_r_f32

    function akr_precond_get_i64(precond, key, value) bind(c, name='akr_precond_get_i64') result(status)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: precond
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), intent(out) :: value
      integer(c_int32_t) :: status
    end function akr_precond_get_i64

    subroutine akr_precond_destroy(precond) bind(c, name='akr_precond_destroy')
      import :: c_ptr
      type(c_ptr), value :: precond
    end subroutine akr_precond_destroy

    ! 6. Regression

    function akr_lsq_solve_f64(matrix, precond, ridge, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_lsq_solve_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      real(c_double), value :: ridge
      integer(c_int64_t), value :: nrhs, ldb, ldx
      real(c_double), intent(in) :: b(*)
      real(c_double), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_lsq_solve_f64

    function akr_lsq_solve_f32(matrix, precond, ridge, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_lsq_solve_f32') result(status)
      import :: c_double, c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      real(c_double), value :: ridge
      integer(c_int64_t), value :: nrhs, ldb, ldx
      real(c_float), intent(in) :: b(*)
      real(c_float), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_lsq_solve_f32

    function akr_gram_power_solve_f64(matrix, precond, j, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_gram_power_solve_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      integer(c_int64_t), value :: j, nrhs, ldb, ldx
      real(c_double), intent(in) :: b(*)
      real(c_double), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_gram_power_solve_f64

    function akr_gram_power_solve_f32(matrix, precond, j, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_gram_power_solve_f32') result(status)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      integer(c_int64_t), value :: j, nrhs, ldb, ldx
      real(c_float), intent(in) :: b(*)
      real(c_float), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_gram_power_solve_f32

    function akr_gram_power_lsq_f64(matrix, precond, j, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_gram_power_lsq_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      integer(c_int64_t), value :: j, nrhs, ldb, ldx
      real(c_double), intent(in) :: b(*)
      real(c_double), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_gram_power_lsq_f64

    function akr_gram_power_lsq_f32(matrix, precond, j, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_gram_power_lsq_f32') result(status)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      integer(c_int64_t), value :: j, nrhs, ldb, ldx
      real(c_float), intent(in) :: b(*)
      real(c_float), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_gram_power_lsq_f32

    function akr_gram_exp_solve_f64(matrix, precond, t, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_gram_exp_solve_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      real(c_double), value :: t
      integer(c_int64_t), value :: nrhs, ldb, ldx
      real(c_double), intent(in) :: b(*)
      real(c_double), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_gram_exp_solve_f64

    function akr_gram_exp_solve_f32(matrix, precond, t, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_gram_exp_solve_f32') result(status)
      import :: c_double, c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      real(c_double), value :: t
      integer(c_int64_t), value :: nrhs, ldb, ldx
      real(c_float), intent(in) :: b(*)
      real(c_float), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_gram_exp_solve_f32

    function akr_leverage_scores_f64(matrix, precond, ridge, scores, options, report) &
        bind(c, name='akr_leverage_scores_f64') result(status)
      import :: c_double, c_int32_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      real(c_double), value :: ridge
      real(c_double), intent(inout) :: scores(*)
      integer(c_int32_t) :: status
    end function akr_leverage_scores_f64

    function akr_leverage_scores_f32(matrix, precond, ridge, scores, options, report) &
        bind(c, name='akr_leverage_scores_f32') result(status)
      import :: c_double, c_float, c_int32_t, c_ptr
      type(c_ptr), value :: matrix, precond, options, report
      real(c_double), value :: ridge
      real(c_float), intent(inout) :: scores(*)
      integer(c_int32_t) :: status
    end function akr_leverage_scores_f32

    ! 7. Sketches

    function akr_sketch_create(sketch_rows, rows, options, report, out) &
        bind(c, name='akr_sketch_create') result(status)
      import :: c_int32_t, c_int64_t, c_ptr
      integer(c_int64_t), value :: sketch_rows, rows
      type(c_ptr), value :: options, report
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_sketch_create

    function akr_sketch_apply_f64(sketch, matrix, sa, ldsa, options, report) &
        bind(c, name='akr_sketch_apply_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: sketch, matrix, options, report
      real(c_double), intent(inout) :: sa(*)
      integer(c_int64_t), value :: ldsa
      integer(c_int32_t) :: status
    end function akr_sketch_apply_f64

    function akr_sketch_apply_f32(sketch, matrix, sa, ldsa, options, report) &
        bind(c, name='akr_sketch_apply_f32') result(status)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: sketch, matrix, options, report
      real(c_float), intent(inout) :: sa(*)
      integer(c_int64_t), value :: ldsa
      integer(c_int32_t) :: status
    end function akr_sketch_apply_f32

    function akr_sketch_apply_dense_f64(sketch, transpose, ncols, x, ldx, y, ldy, options, report) &
        bind(c, name='akr_sketch_apply_dense_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: sketch, options, report
      integer(c_int32_t), value :: transpose
      integer(c_int64_t), value :: ncols, ldx, ldy
      real(c_double), intent(in) :: x(*)
      real(c_double), intent(inout) :: y(*)
      integer(c_int32_t) :: status
    end function akr_sketch_apply_dense_f64

    function akr_sketch_apply_dense_f32(sketch, transpose, ncols, x, ldx, y, ldy, options, report) &
        bind(c, name='akr_sketch_apply_dense_f32') result(status)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: sketch, options, report
      integer(c_int32_t), value :: transpose
      integer(c_int64_t), value :: ncols, ldx, ldy
      real(c_float), intent(in) :: x(*)
      real(c_float), intent(inout) :: y(*)
      integer(c_int32_t) :: status
    end function akr_sketch_apply_dense_f32

    subroutine akr_sketch_destroy(sketch) bind(c, name='akr_sketch_destroy')
      import :: c_ptr
      type(c_ptr), value :: sketch
    end subroutine akr_sketch_destroy

    ! 8. Attention kernels

    function akr_kernel_create_f64(layout, points, dim, scale, a, lda, options, out) &
        bind(c, name='akr_kernel_create_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      integer(c_int32_t), value :: layout
      integer(c_int64_t), value :: points, dim, lda
      real(c_double), value :: scale
      real(c_double), intent(in) :: a(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_kernel_create_f64

    function akr_kernel_create_f32(layout, points, dim, scale, a, lda, options, out) &
        bind(c, name='akr_kernel_create_f32') result(status)
      import :: c_double, c_float, c_int32_t, c_int64_t, c_ptr
      integer(c_int32_t), value :: layout
      integer(c_int64_t), value :: points, dim, lda
      real(c_double), value :: scale
      real(c_float), intent(in) :: a(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_kernel_create_f32

    function akr_kernel_apply_f64(kernel, nrhs, x, ldx, y, ldy, options, report) &
        bind(c, name='akr_kernel_apply_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: kernel, options, report
      integer(c_int64_t), value :: nrhs, ldx, ldy
      real(c_double), intent(in) :: x(*)
      real(c_double), intent(inout) :: y(*)
      integer(c_int32_t) :: status
    end function akr_kernel_apply_f64

    function akr_kernel_apply_f32(kernel, nrhs, x, ldx, y, ldy, options, report) &
        bind(c, name='akr_kernel_apply_f32') result(status)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: kernel, options, report
      integer(c_int64_t), value :: nrhs, ldx, ldy
      real(c_float), intent(in) :: x(*)
      real(c_float), intent(inout) :: y(*)
      integer(c_int32_t) :: status
    end function akr_kernel_apply_f32

    function akr_kernel_precond_create(kernel, ridge, options, report, out) &
        bind(c, name='akr_kernel_precond_create') result(status)
      import :: c_double, c_int32_t, c_ptr
      type(c_ptr), value :: kernel, options, report
      real(c_double), value :: ridge
      type(c_ptr), intent(out) :: out
      integer(c_int32_t) :: status
    end function akr_kernel_precond_create

    function akr_kernel_solve_f64(kernel, precond, ridge, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_kernel_solve_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: kernel, precond, options, report
      real(c_double), value :: ridge
      integer(c_int64_t), value :: nrhs, ldb, ldx
      real(c_double), intent(in) :: b(*)
      real(c_double), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_kernel_solve_f64

    function akr_kernel_solve_f32(kernel, precond, ridge, nrhs, b, ldb, x, ldx, options, report) &
        bind(c, name='akr_kernel_solve_f32') result(status)
      import :: c_double, c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: kernel, precond, options, report
      real(c_double), value :: ridge
      integer(c_int64_t), value :: nrhs, ldb, ldx
      real(c_float), intent(in) :: b(*)
      real(c_float), intent(inout) :: x(*)
      integer(c_int32_t) :: status
    end function akr_kernel_solve_f32

    function akr_kernel_predict_f64(kernel, normalize, layout, queries, q, ldq, nrhs, &
        x, ldx, y, ldy, options, report) &
        bind(c, name='akr_kernel_predict_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: kernel, options, report
      integer(c_int32_t), value :: normalize, layout
      integer(c_int64_t), value :: queries, ldq, nrhs, ldx, ldy
      real(c_double), intent(in) :: q(*), x(*)
      real(c_double), intent(inout) :: y(*)
      integer(c_int32_t) :: status
    end function akr_kernel_predict_f64

    function akr_kernel_predict_f32(kernel, normalize, layout, queries, q, ldq, nrhs, &
        x, ldx, y, ldy, options, report) &
        bind(c, name='akr_kernel_predict_f32') result(status)
      import :: c_float, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: kernel, options, report
      integer(c_int32_t), value :: normalize, layout
      integer(c_int64_t), value :: queries, ldq, nrhs, ldx, ldy
      real(c_float), intent(in) :: q(*), x(*)
      real(c_float), intent(inout) :: y(*)
      integer(c_int32_t) :: status
    end function akr_kernel_predict_f32

    function akr_attention_f64(layout, queries, keys, dim, value_dim, scale, causal, q, ldq, &
        k, ldk, v, ldv, out, ldout, options, report) &
        bind(c, name='akr_attention_f64') result(status)
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      integer(c_int32_t), value :: layout, causal
      integer(c_int64_t), value :: queries, keys, dim, value_dim, ldq, ldk, ldv, ldout
      real(c_double), value :: scale
      real(c_double), intent(in) :: q(*), k(*), v(*)
      real(c_double), intent(inout) :: out(*)
      type(c_ptr), value :: options, report
      integer(c_int32_t) :: status
    end function akr_attention_f64

    function akr_attention_f32(layout, queries, keys, dim, value_dim, scale, causal, q, ldq, &
        k, ldk, v, ldv, out, ldout, options, report) &
        bind(c, name='akr_attention_f32') result(status)
      import :: c_double, c_float, c_int32_t, c_int64_t, c_ptr
      integer(c_int32_t), value :: layout, causal
      integer(c_int64_t), value :: queries, keys, dim, value_dim, ldq, ldk, ldv, ldout
      real(c_double), value :: scale
      real(c_float), intent(in) :: q(*), k(*), v(*)
      real(c_float), intent(inout) :: out(*)
      type(c_ptr), value :: options, report
      integer(c_int32_t) :: status
    end function akr_attention_f32

    subroutine akr_kernel_destroy(kernel) bind(c, name='akr_kernel_destroy')
      import :: c_ptr
      type(c_ptr), value :: kernel
    end subroutine akr_kernel_destroy
  end interface

  interface
    function c_strlen(text) bind(c, name='strlen') result(length)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
      integer(c_size_t) :: length
    end function c_strlen
  end interface

contains

  ! A Fortran string as C wants it: without trailing blanks, with a NUL.
  function akr_c(text) result(c_text)
    character(len=*), intent(in) :: text
    character(kind=c_char, len=:), allocatable :: c_text
    c_text = trim(text)//c_null_char
  end function akr_c

  ! The text that libakr points to; empty for a null pointer.
  function akr_text(pointer) result(text)
    type(c_ptr), intent(in) :: pointer
    character(len=:), allocatable :: text
    character(kind=c_char), pointer :: letters(:)
    integer :: i, length

    if (.not. c_associated(pointer)) then
      text = ''
      return
    end if
    length = int(c_strlen(pointer))
    call c_f_pointer(pointer, letters, [length])
    allocate (character(len=length) :: text)
    do i = 1, length
      text(i:i) = letters(i)
    end do
  end function akr_text

  ! What went wrong in this thread's last call that failed.
  function akr_error_text() result(text)
    character(len=:), allocatable :: text
    text = akr_text(akr_last_error())
  end function akr_error_text

  ! For programs that cannot go on: stops with the error's text when a call failed, returns otherwise.
  subroutine akr_require(status)
    use, intrinsic :: iso_fortran_env, only: error_unit
    integer(c_int32_t), intent(in) :: status

    if (status >= 0) return
    write (error_unit, '(a)') akr_text(akr_status_name(status))//': '//akr_error_text()
    stop 1
  end subroutine akr_require

  function akr_set_int32(options, key, value) result(status)
    type(c_ptr), intent(in) :: options
    character(len=*), intent(in) :: key
    integer(c_int32_t), intent(in) :: value
    integer(c_int32_t) :: status
    status = akr_options_set_i64(options, akr_c(key), int(value, c_int64_t))
  end function akr_set_int32

  function akr_set_int64(options, key, value) result(status)
    type(c_ptr), intent(in) :: options
    character(len=*), intent(in) :: key
    integer(c_int64_t), intent(in) :: value
    integer(c_int32_t) :: status
    status = akr_options_set_i64(options, akr_c(key), value)
  end function akr_set_int64

  function akr_set_double(options, key, value) result(status)
    type(c_ptr), intent(in) :: options
    character(len=*), intent(in) :: key
    real(c_double), intent(in) :: value
    integer(c_int32_t) :: status
    status = akr_options_set_f64(options, akr_c(key), value)
  end function akr_set_double

  function akr_set_text(options, key, value) result(status)
    type(c_ptr), intent(in) :: options
    character(len=*), intent(in) :: key, value
    integer(c_int32_t) :: status
    status = akr_options_set_str(options, akr_c(key), akr_c(value))
  end function akr_set_text

  function akr_get_int64(report, key, value) result(status)
    type(c_ptr), intent(in) :: report
    character(len=*), intent(in) :: key
    integer(c_int64_t), intent(out) :: value
    integer(c_int32_t) :: status
    status = akr_report_get_i64(report, akr_c(key), value)
  end function akr_get_int64

  function akr_get_double(report, key, value) result(status)
    type(c_ptr), intent(in) :: report
    character(len=*), intent(in) :: key
    real(c_double), intent(out) :: value
    integer(c_int32_t) :: status
    status = akr_report_get_f64(report, akr_c(key), value)
  end function akr_get_double

  function akr_get_text(report, key, value) result(status)
    type(c_ptr), intent(in) :: report
    character(len=*), intent(in) :: key
    character(len=:), allocatable, intent(out) :: value
    integer(c_int32_t) :: status
    character(kind=c_char), allocatable, target :: letters(:)
    integer(c_int64_t) :: length, capacity

    value = ''
    length = 0
    status = akr_report_get_str(report, akr_c(key), c_null_ptr, 0_c_int64_t, length)
    if (status /= AKR_OK) return
    capacity = length + 1
    allocate (letters(capacity))
    status = akr_report_get_str(report, akr_c(key), c_loc(letters(1)), capacity, length)
    if (status == AKR_OK) value = akr_text(c_loc(letters(1)))
  end function akr_get_text

  function akr_get_doubles(report, key, value) result(status)
    type(c_ptr), intent(in) :: report
    character(len=*), intent(in) :: key
    real(c_double), allocatable, target, intent(out) :: value(:)
    integer(c_int32_t) :: status
    integer(c_int64_t) :: length, capacity

    length = 0
    status = akr_report_get_array_f64(report, akr_c(key), c_null_ptr, 0_c_int64_t, length)
    if (status /= AKR_OK) length = 0
    capacity = length
    allocate (value(capacity))
    if (capacity > 0) status = akr_report_get_array_f64(report, akr_c(key), c_loc(value(1)), capacity, length)
  end function akr_get_doubles

  function akr_get_int64s(report, key, value) result(status)
    type(c_ptr), intent(in) :: report
    character(len=*), intent(in) :: key
    integer(c_int64_t), allocatable, target, intent(out) :: value(:)
    integer(c_int32_t) :: status
    integer(c_int64_t) :: length, capacity

    length = 0
    status = akr_report_get_array_i64(report, akr_c(key), c_null_ptr, 0_c_int64_t, length)
    if (status /= AKR_OK) length = 0
    capacity = length
    allocate (value(capacity))
    if (capacity > 0) status = akr_report_get_array_i64(report, akr_c(key), c_loc(value(1)), capacity, length)
  end function akr_get_int64s
end module akr

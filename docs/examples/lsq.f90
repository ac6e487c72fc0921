! SPDX-License-Identifier: BSD-3-Clause
! Least squares from Fortran: read a sparse matrix and a right-hand side, solve min |A x - b|, look at the report,
! provoke an error, cancel a solve.
!
!   gfortran $(pkg-config --variable=fortran_source akr) lsq.f90 $(pkg-config --libs akr) -o lsq
!   ./lsq data/well1033.mtx data/well1033_rhs1.mtx
!
! An example, not a benchmark.
module lsq_callbacks
  use akr
  implicit none

contains

  function cancel_at_once(user, now) bind(c) result(stop_code)
    type(c_ptr), value :: user, now
    integer(c_int32_t) :: stop_code
    integer(c_int), pointer :: calls

    ! `now` has the keys phase, iterations, fraction, residual_norm, seconds: akr_get reads them.
    call c_f_pointer(user, calls)
    calls = calls + 1
    stop_code = merge(1_c_int32_t, 0_c_int32_t, c_associated(now))
  end function cancel_at_once
end module lsq_callbacks

program lsq
  use akr
  use lsq_callbacks
  implicit none

  integer(c_int64_t) :: rows, cols, entries
  integer(c_int64_t), allocatable, target :: start(:), row(:)  ! column by column, counted from 1
  real(c_double), allocatable, target :: value(:)
  real(c_double), allocatable :: b(:), x(:)
  type(c_ptr) :: matrix, options, report
  integer(c_int32_t) :: status, version
  integer(c_int), target :: calls
  character(len=1024) :: matrix_path, vector_path

  if (command_argument_count() /= 2) then
    write (*, '(a)') 'usage: lsq MATRIX.mtx RIGHT_HAND_SIDE.mtx'
    stop 1
  end if
  call get_command_argument(1, matrix_path)
  call get_command_argument(2, vector_path)

  version = akr_version()
  write (*, '(a,i0,a,i0,a,i0)') 'libakr ', version/10000, '.', mod(version/100, 100), '.', mod(version, 100)
  call read_matrix(trim(matrix_path))
  call read_vector(trim(vector_path))
  allocate (x(cols))
  write (*, '(a,i0,a,i0,a,i0,a)') 'matrix: ', rows, ' x ', cols, ', ', entries, ' entries'

  ! 1. Solve. The matrix borrows the arrays: they stay as they are until it is destroyed.
  call akr_require(akr_matrix_create_sparse_f64(AKR_COL_MAJOR, rows, cols, 64, 1, c_loc(start(1)), c_loc(row(1)), &
                                                c_loc(value(1)), c_null_ptr, matrix))
  call akr_require(akr_report_create(report))
  status = akr_lsq_solve_f64(matrix, c_null_ptr, 0.0_c_double, 1_c_int64_t, b, rows, x, cols, c_null_ptr, report)
  call akr_require(status)
  write (*, '(2a)') 'status: ', akr_text(akr_status_name(status))
  call print_report()
  write (*, '(a,f0.4,a,f0.5,a,f0.5)') 'solution norm: ', sqrt(dot_product(x, x)), ', first: ', x(1), ', last: ', x(cols)

  ! 2. An error: the status says what kind, the text what exactly. x is left as it was.
  status = akr_lsq_solve_f64(matrix, c_null_ptr, 0.0_c_double, 1_c_int64_t, b, rows, x, cols - 1, c_null_ptr, report)
  write (*, '(4a)') 'error: ', akr_text(akr_status_name(status)), ': ', akr_error_text()

  ! 3. A solve that the progress callback cancels.
  calls = 0
  call akr_require(akr_options_create(options))
  call akr_require(akr_options_set_progress(options, c_funloc(cancel_at_once), c_loc(calls)))
  status = akr_lsq_solve_f64(matrix, c_null_ptr, 0.0_c_double, 1_c_int64_t, b, rows, x, cols, options, report)
  call akr_require(status)
  write (*, '(3a,i0)') 'cancelled: ', akr_text(akr_status_name(status)), ', after calls: ', calls

  call akr_options_destroy(options)
  call akr_report_destroy(report)
  call akr_matrix_destroy(matrix)

contains

  ! Opens a Matrix Market file and reads past its comments; `line` is then the line of sizes.
  subroutine open_market(path, unit, line)
    character(len=*), intent(in) :: path
    integer, intent(in) :: unit
    character(len=*), intent(out) :: line
    integer :: outcome

    open (unit=unit, file=path, status='old', action='read', iostat=outcome)
    if (outcome /= 0) call give_up('cannot open '//path)
    do
      read (unit, '(a)', iostat=outcome) line
      if (outcome /= 0) call give_up('no line of sizes in '//path)
      if (line(1:1) /= '%') return
    end do
  end subroutine open_market

  ! The file's entries come column by column, which is what compressed columns need.
  subroutine read_matrix(path)
    character(len=*), intent(in) :: path
    character(len=256) :: line
    integer(c_int64_t) :: k, column, last
    integer :: outcome

    call open_market(path, 10, line)
    read (line, *, iostat=outcome) rows, cols, entries
    if (outcome /= 0) call give_up('no sizes in '//path)
    allocate (start(cols + 1), row(entries), value(entries))
    start = 0
    last = 1
    do k = 1, entries
      read (10, *, iostat=outcome) row(k), column, value(k)
      if (outcome /= 0) call give_up(path//' ends early')
      if (row(k) < 1 .or. row(k) > rows .or. column < last .or. column > cols) call give_up('entries of '//path)
      last = column
      start(column + 1) = start(column + 1) + 1
    end do
    close (10)
    start(1) = 1
    do column = 1, cols
      start(column + 1) = start(column + 1) + start(column)
    end do
  end subroutine read_matrix

  subroutine read_vector(path)
    character(len=*), intent(in) :: path
    character(len=256) :: line
    integer(c_int64_t) :: n
    integer :: outcome

    call open_market(path, 11, line)
    read (line, *, iostat=outcome) n
    if (outcome /= 0 .or. n /= rows) call give_up(path//' does not fit the matrix')
    allocate (b(rows))
    read (11, *, iostat=outcome) b
    if (outcome /= 0) call give_up(path//' ends early')
    close (11)
  end subroutine read_vector

  subroutine print_report()
    character(len=:), allocatable :: stopped_by
    real(c_double) :: residual, error
    integer(c_int64_t) :: rank

    call akr_require(akr_get(report, 'stopped_by', stopped_by))
    call akr_require(akr_get(report, 'residual_norm', residual))
    call akr_require(akr_get(report, 'backward_error', error))
    call akr_require(akr_get(report, 'rank', rank))
    write (*, '(2a)') 'stopped by: ', stopped_by
    write (*, '(a,f8.6)') 'residual norm: ', residual
    write (*, '(2a)') 'backward error below 1e-14: ', trim(merge('yes', 'no ', error < 1.0e-14_c_double))
    write (*, '(a,i0)') 'rank: ', rank
  end subroutine print_report

  subroutine give_up(what)
    character(len=*), intent(in) :: what

    write (*, '(2a)') 'lsq: ', what
    stop 1
  end subroutine give_up
end program lsq

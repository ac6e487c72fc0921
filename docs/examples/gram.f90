! SPDX-License-Identifier: BSD-3-Clause
! Gram powers from Fortran, on a real problem: the standard errors of a regression. With A y ~ b, the covariance of y is
! s^2 (A'A)^-1, s^2 = |b - A y|^2 / (rows - cols): one Gram power, j = 1, with the identity as its right-hand sides. The
! data are Longley's (1967), on which many programs lost most digits; NIST certifies the results.
!
!   gfortran $(pkg-config --variable=fortran_source akr) gram.f90 $(pkg-config --libs akr) -o gram && ./gram
!
! An example, not a benchmark.
program gram
  use akr
  implicit none

  integer(c_int64_t), parameter :: rows = 16, cols = 7, one = 1
  real(c_double), target :: a(rows, cols)
  real(c_double) :: b(rows), y(cols), covariance(cols, cols), x(cols), certified(cols)
  real(c_double) :: residual, error, loss, worst, s2, deviation
  type(c_ptr) :: matrix, precond, options, report
  integer(c_int32_t) :: status, version
  integer :: j

  ! A constant, GNP deflator, GNP, unemployed, armed forces, population, year; employment in thousands.
  a(:, 1) = 1
  a(:, 2) = [83.0d0, 88.5d0, 88.2d0, 89.5d0, 96.2d0, 98.1d0, 99.0d0, 100.0d0, 101.2d0, 104.6d0, 108.4d0, 110.8d0, &
             112.6d0, 114.2d0, 115.7d0, 116.9d0]
  a(:, 3) = [234289, 259426, 258054, 284599, 328975, 346999, 365385, 363112, 397469, 419180, 442769, 444546, 482704, &
             502601, 518173, 554894]
  a(:, 4) = [2356, 2325, 3682, 3351, 2099, 1932, 1870, 3578, 2904, 2822, 2936, 4681, 3813, 3931, 4806, 4007]
  a(:, 5) = [1590, 1456, 1616, 1650, 3099, 3594, 3547, 3350, 3048, 2857, 2798, 2637, 2552, 2514, 2572, 2827]
  a(:, 6) = [107608, 108632, 109773, 110929, 112075, 113270, 115094, 116219, 117388, 118734, 120445, 121950, 123366, &
             125368, 127852, 130081]
  a(:, 7) = [(1946 + j, j=1, 16)]
  b = [60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761, 66019, 67857, 68169, 66513, 68655, 69564, 69331, 70551]
  ! NIST StRD, Longley: standard deviations of the estimates.
  certified = [890420.383607373d0, 84.9149257747669d0, 0.0334910077722432d0, 0.488399681651699d0, &
               0.214274163161675d0, 0.226073200069370d0, 455.478499142212d0]

  version = akr_version()
  write (*, '(a,i0,a,i0,a,i0)') 'libakr ', version/10000, '.', mod(version/100, 100), '.', mod(version, 100)
  call akr_require(akr_matrix_create_dense_f64(AKR_COL_MAJOR, rows, cols, c_loc(a(1, 1)), rows, &
                                               c_null_ptr, matrix))
  call akr_require(akr_precond_create(matrix, 0.0_c_double, c_null_ptr, c_null_ptr, precond))
  call akr_require(akr_report_create(report))

  ! 1. Least squares, and (A'A)^-1 with the same preconditioner.
  call akr_require(akr_lsq_solve_f64(matrix, precond, 0.0_c_double, one, b, rows, y, cols, c_null_ptr, report))
  call akr_require(akr_get(report, 'residual_norm', residual))
  s2 = residual*residual/real(rows - cols, c_double)
  covariance = 0
  do j = 1, int(cols)
    covariance(j, j) = 1
  end do
  call invert()
  write (*, '(2a)') 'status: ', akr_text(akr_status_name(status))
  worst = 0
  do j = 1, int(cols)
    deviation = sqrt(s2*covariance(j, j))
    worst = max(worst, abs(deviation/certified(j) - 1))
    write (*, '(a,i0,a,f16.4,a,f14.4)') 'coefficient ', j - 1, ': ', y(j), ', standard error ', deviation
  end do
  write (*, '(2a)') 'standard errors agree with NIST to 9 digits: ', yes_or_no(worst < 1.0e-9_c_double)

  ! 2. A power of it, as sensitive as cond(A)^4: the library says how much of the answer is left.
  status = akr_gram_power_solve_f64(matrix, precond, 2_c_int64_t, one, y, cols, x, cols, c_null_ptr, report)
  call akr_require(status)
  call akr_require(akr_get(report, 'precision_loss', loss))
  call akr_require(akr_get(report, 'error_estimate', error))
  write (*, '(6a)') "(A'A)^2 x = y: ", akr_text(akr_status_name(status)), &
    ', loss for the worst right-hand side above 1: ', yes_or_no(loss > 1), ', for this one below 1e-3: ', &
    yes_or_no(error < 1.0e-3_c_double)
  call akr_require(akr_options_create(options))
  call akr_require(akr_set(options, 'residual.precision', 'doubled'))
  status = akr_gram_power_solve_f64(matrix, precond, 2_c_int64_t, one, y, cols, x, cols, options, report)
  call akr_require(status)
  call akr_require(akr_get(report, 'error_estimate', error))
  write (*, '(4a)') 'the same in doubled precision: ', akr_text(akr_status_name(status)), ', below 1e-12: ', &
    yes_or_no(error < 1.0e-12_c_double)

  ! 3. The gradient flow of least squares from 0 is y - exp(-t A'A) y at time t: early stopping.
  status = akr_gram_exp_solve_f64(matrix, precond, 1.0e-12_c_double, one, y, cols, x, cols, c_null_ptr, report)
  call akr_require(status)
  write (*, '(3a,f0.4,a,f6.4)') 'flow at t = 1e-12: ', akr_text(akr_status_name(status)), ', GNP 0', y(3) - x(3), &
    ', armed forces ', y(5) - x(5)

  ! 4. An error.
  status = akr_gram_power_solve_f64(matrix, precond, -1_c_int64_t, one, y, cols, x, cols, c_null_ptr, report)
  write (*, '(4a)') 'error: ', akr_text(akr_status_name(status)), ': ', akr_error_text()

  call akr_options_destroy(options)
  call akr_report_destroy(report)
  call akr_precond_destroy(precond)
  call akr_matrix_destroy(matrix)

contains

  ! In place, which C allows where the two arrays are one; Fortran wants them told apart.
  subroutine invert()
    real(c_double) :: identity(cols, cols)

    identity = covariance
    status = akr_gram_power_solve_f64(matrix, precond, one, cols, identity, cols, covariance, cols, c_null_ptr, report)
    call akr_require(status)
  end subroutine invert

  function yes_or_no(condition) result(word)
    logical, intent(in) :: condition
    character(len=:), allocatable :: word

    word = trim(merge('yes', 'no ', condition))
  end function yes_or_no
end program gram

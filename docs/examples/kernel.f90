! SPDX-License-Identifier: BSD-3-Clause
! Attention kernel regression from Fortran, on measured data: the map of a radio signal in an office. A place (x, y) is
! told by cosines and sines, a = (cos(kx/20), sin(kx/20), cos(ky/20), sin(ky/20), k = 1, 2); the signal there is fitted
! by sum_i exp(scale a.a_i) c_i with (exp(scale A A') + ridge I) c = signal - mean.
!
!   gfortran $(pkg-config --variable=fortran_source akr) kernel.f90 $(pkg-config --libs akr) -o kernel
!   ./kernel data/radiomap_train.csv data/radiomap_test.csv
!
! An example, not a benchmark.
program kernel
  use akr
  implicit none

  integer(c_int64_t), parameter :: most = 200, dim = 8, one = 1
  real(c_double) :: train(most, dim), test(most, dim), signal(most), right(most), c(most), predicted(most)
  real(c_double) :: mean, residual
  type(c_ptr) :: smooth, sharp, none, report
  integer(c_int64_t) :: points, queries, rank
  integer(c_int32_t) :: status, version
  character(len=:), allocatable :: precond

  if (command_argument_count() /= 2) then
    write (*, '(a)') 'usage: kernel TRAIN.csv TEST.csv'
    stop 2
  end if
  call read_places(1, train, signal, points)
  mean = sum(signal(1:points))/real(points, c_double)
  right = signal - mean
  call read_places(2, test, signal, queries)

  version = akr_version()
  write (*, '(a,i0,a,i0,a,i0)') 'libakr ', version/10000, '.', mod(version/100, 100), '.', mod(version, 100)
  write (*, '(a,i0,a,i0,a)') 'places: ', points, ' to fit, ', queries, ' to test'
  call akr_require(akr_report_create(report))

  ! 1. Fit: exp(1.0 A A') + 50 I. A point is a row of `train`, which Fortran keeps by columns.
  call akr_require(akr_kernel_create_f64(AKR_COL_MAJOR, points, dim, 1.0_c_double, train, most, c_null_ptr, smooth))
  status = akr_kernel_solve_f64(smooth, c_null_ptr, 50.0_c_double, one, right, points, c, points, c_null_ptr, report)
  call akr_require(status)
  call akr_require(akr_get(report, 'residual_norm', residual))
  call akr_require(akr_get(report, 'kernel.precond', precond))
  call akr_require(akr_get(report, 'kernel.rank', rank))
  write (*, '(4a)') 'status: ', akr_text(akr_status_name(status)), &
    ', residual below 1e-12 of the right-hand side: ', &
    trim(merge('yes', 'no ', residual < 1.0e-12_c_double*sqrt(sum(right(1:points)**2))))
  write (*, '(3a,i0)') 'preconditioner: ', precond, ', rank ', rank

  ! 2. Predict at places that were not fitted.
  predicted = 0
  call show('a constant')
  call akr_require(akr_kernel_predict_f64(smooth, 0_c_int32_t, AKR_COL_MAJOR, queries, test, most, one, c, points, &
                                          predicted, queries, c_null_ptr, report))
  call show('kernel regression')

  ! 3. Softmax-normalised, with the signals themselves for coefficients: attention, a mean of the places near by.
  call akr_require(akr_kernel_create_f64(AKR_COL_MAJOR, points, dim, 20.0_c_double, train, most, c_null_ptr, sharp))
  call akr_require(akr_kernel_predict_f64(sharp, 1_c_int32_t, AKR_COL_MAJOR, queries, test, most, one, right, points, &
                                          predicted, queries, c_null_ptr, report))
  call show('attention')

  ! 4. An error.
  status = akr_kernel_create_f64(AKR_COL_MAJOR, points, dim, -1.0_c_double, train, most, c_null_ptr, none)
  write (*, '(4a)') 'error: ', akr_text(akr_status_name(status)), ': ', akr_error_text()

  call akr_report_destroy(report)
  call akr_kernel_destroy(sharp)
  call akr_kernel_destroy(smooth)

contains

  ! Lines of x,y,signal from the file that the command line names.
  subroutine read_places(argument, features, heard, count)
    integer, intent(in) :: argument
    real(c_double), intent(out) :: features(most, dim), heard(most)
    integer(c_int64_t), intent(out) :: count
    character(len=4096) :: path
    real(c_double) :: x, y, s
    integer :: k, state

    features = 0
    heard = 0
    count = 0
    call get_command_argument(argument, path)
    open (unit=10, file=trim(path), status='old', action='read')
    do while (count < most)
      read (10, *, iostat=state) x, y, s
      if (state /= 0) exit
      count = count + 1
      do k = 1, 2
        features(count, 4*k - 3) = cos(k*x/20)
        features(count, 4*k - 2) = sin(k*x/20)
        features(count, 4*k - 1) = cos(k*y/20)
        features(count, 4*k) = sin(k*y/20)
      end do
      heard(count) = s
    end do
    close (10)
  end subroutine read_places

  subroutine show(what)
    character(len=*), intent(in) :: what
    real(c_double) :: error

    error = sqrt(sum((predicted(1:queries) + mean - signal(1:queries))**2)/real(queries, c_double))
    write (*, '(3a,f4.2,a)') 'test error of ', what, ': ', error, ' dB'
  end subroutine show
end program kernel

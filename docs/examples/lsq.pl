#!/usr/bin/env perl
# SPDX-License-Identifier: BSD-3-Clause
# Least squares from Perl through FFI::Platypus: read a sparse matrix and a right-hand side, solve min |A x - b|, look at
# the report, provoke an error, cancel a solve.
#
#   perl lsq.pl data/well1033.mtx data/well1033_rhs1.mtx        (Debian: libffi-platypus-perl)
#
# The library is found by the dynamic linker, or where the environment variable LIBAKR says. An example, not a benchmark.
use strict;
use warnings;
use FFI::Platypus 2.00;
use FFI::Platypus::Buffer qw(scalar_to_buffer);

use constant ROW_MAJOR => 1;

my $ffi = FFI::Platypus->new(api => 2, lib => $ENV{LIBAKR} // 'libakr.so.1');
$ffi->type('(opaque,opaque)->sint32' => 'progress');
# Handles and what they borrow are addresses; `opaque*` is a handle that is written. double[] is a Perl array that is
# copied there and back: good for what is used during the call alone.
$ffi->attach(akr_version => [] => 'sint32');
$ffi->attach(akr_last_error => [] => 'string');
$ffi->attach(akr_status_name => ['sint32'] => 'string');
$ffi->attach(akr_options_create => ['opaque*'] => 'sint32');
$ffi->attach(akr_options_set_progress => ['opaque', 'progress', 'opaque'] => 'sint32');
$ffi->attach(akr_report_create => ['opaque*'] => 'sint32');
$ffi->attach(akr_report_get_i64 => ['opaque', 'string', 'sint64*'] => 'sint32');
$ffi->attach(akr_report_get_f64 => ['opaque', 'string', 'double*'] => 'sint32');
$ffi->attach(akr_report_get_str => ['opaque', 'string', 'opaque', 'sint64', 'sint64*'] => 'sint32');
$ffi->attach(akr_matrix_create_sparse_f64 => ['sint32', 'sint64', 'sint64', 'sint32', 'sint32', 'opaque', 'opaque',
                                              'opaque', 'opaque', 'opaque*'] => 'sint32');
$ffi->attach(akr_lsq_solve_f64 => ['opaque', 'opaque', 'double', 'sint64', 'double[]', 'sint64', 'double[]', 'sint64',
                                   'opaque', 'opaque'] => 'sint32');
$ffi->attach($_ => ['opaque'] => 'void') for qw(akr_options_destroy akr_report_destroy akr_matrix_destroy);

# Every call that can fail goes through here. Positive statuses are results, not errors.
sub required {
    my ($status) = @_;
    die akr_status_name($status) . ': ' . akr_last_error() . "\n" if $status < 0;
    return $status;
}

# A Perl array keeps no numbers side by side: pack makes a string that does. Its address is good while the string lives
# and is not assigned to.
sub address { return (scalar_to_buffer($_[0]))[0] }

# The lines of a Matrix Market file behind its comments, as lists of words.
sub market_lines {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    return map { [split] } grep { !/^%/ } <$file>;
}

# (rows, cols, count, row starts, columns, values), packed, counted from 0.
sub read_matrix {
    my ($path) = @_;
    my ($size, @entries) = market_lines($path);
    my ($rows, $cols, $count) = @$size;
    die "$path: the number of entries is not as announced\n" if @entries != $count;
    @entries = sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] } @entries;
    my @start = (0) x ($rows + 1);
    ++$start[$_->[0]] for @entries;
    $start[$_] += $start[$_ - 1] for 1 .. $rows;
    return ($rows, $cols, $count, pack('q*', @start), pack('q*', map { $_->[1] - 1 } @entries),
            pack('d*', map { $_->[2] } @entries));
}

die "usage: lsq.pl MATRIX.mtx RIGHT_HAND_SIDE.mtx\n" if @ARGV != 2;
my $version = akr_version();
printf "libakr %d.%d.%d\n", $version / 10000, $version / 100 % 100, $version % 100;
my ($rows, $cols, $count, $start, $column, $value) = read_matrix($ARGV[0]);
my (undef, @side) = market_lines($ARGV[1]);
die "$ARGV[1]: does not fit the matrix\n" if @side != $rows;
my @rhs = map { $_->[0] } @side;
my @x = (0) x $cols;
print "matrix: $rows x $cols, $count entries\n";

# 1. Solve. The matrix borrows the strings: they stay as they are until it is destroyed.
my ($matrix, $report, $options);
required(akr_matrix_create_sparse_f64(ROW_MAJOR, $rows, $cols, 64, 0, address($start), address($column),
                                      address($value), undef, \$matrix));
required(akr_report_create(\$report));
sub solve {
    my ($ldx, $given) = @_;
    return akr_lsq_solve_f64($matrix, undef, 0, 1, \@rhs, $rows, \@x, $ldx, $given, $report);
}
my $status = required(solve($cols, undef));
my ($text, $length, $residual, $error, $rank) = ("\0" x 32, 0, 0, 0, 0);
required(akr_report_get_str($report, 'stopped_by', address($text), length $text, \$length));
required(akr_report_get_f64($report, 'residual_norm', \$residual));
required(akr_report_get_f64($report, 'backward_error', \$error));
required(akr_report_get_i64($report, 'rank', \$rank));
my $square = 0;
$square += $_ * $_ for @x;
print 'status: ', akr_status_name($status), "\n";
print 'stopped by: ', substr($text, 0, $length), "\n";
printf "residual norm: %.6f\n", $residual;
print 'backward error below 1e-14: ', ($error < 1e-14 ? 'yes' : 'no'), "\n";
print "rank: $rank\n";
printf "solution norm: %.4f, first: %.5f, last: %.5f\n", sqrt $square, $x[0], $x[-1];

# 2. An error: the status says what kind, the text what exactly. x is left as it was.
$status = solve($cols - 1, undef);
print 'error: ', akr_status_name($status), ': ', akr_last_error(), "\n";

# 3. A solve that the progress callback cancels. The closure must stay alive as long as the options, and must not die.
my $calls = 0;
my $cancel_at_once = $ffi->closure(sub { ++$calls; return 1 });
required(akr_options_create(\$options));
required(akr_options_set_progress($options, $cancel_at_once, undef));
$status = required(solve($cols, $options));
print 'cancelled: ', akr_status_name($status), ", after calls: $calls\n";

akr_options_destroy($options);
akr_report_destroy($report);
akr_matrix_destroy($matrix);

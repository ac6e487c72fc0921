% SPDX-License-Identifier: BSD-3-Clause
% Least squares from GNU Octave: read a sparse matrix and a right-hand side, solve min |A x - b|, look at the report,
% provoke an error, cancel a solve.
%
%   mkoctfile lsq_oct.cc $(pkg-config --cflags --libs akr)
%   octave-cli lsq.m data/well1033.mtx data/well1033_rhs1.mtx
%
% lsq_oct.cc is the small piece of C++ between Octave and the library. An example, not a benchmark.
1;  % so that Octave takes this for a script, although it begins with functions

% The size line of a Matrix Market file, and all numbers behind it.
function [size_line, numbers] = read_market (path)
  [file, problem] = fopen (path);
  if (file < 0)
    error ("%s: %s", path, problem);
  end
  do
    line = fgetl (file);
  until (! ischar (line) || ! strncmp (line, "%", 1))
  size_line = sscanf (line, "%f")';
  numbers = fscanf (file, "%f");
  fclose (file);
end

% Functions of Octave's do not see the script's variables, hence a global one. now has the fields phase, iterations,
% fraction, residual_norm, seconds, those that are known.
function cancel = cancel_at_once (now)
  global calls;
  calls += 1;
  cancel = true;
end

arguments = argv ();
if (numel (arguments) != 2)
  error ("usage: lsq.m MATRIX.mtx RIGHT_HAND_SIDE.mtx");
end
version_number = lsq_oct ();
printf ("libakr %d.%d.%d\n", fix (version_number / 10000), mod (fix (version_number / 100), 100), ...
        mod (version_number, 100));
[size_line, numbers] = read_market (arguments{1});
entries = reshape (numbers, 3, []);
assert (columns (entries) == size_line(3));
A = sparse (entries(1,:), entries(2,:), entries(3,:), size_line(1), size_line(2));
[size_line, b] = read_market (arguments{2});
assert (numel (b) == rows (A));
printf ("matrix: %d x %d, %d entries\n", rows (A), columns (A), nnz (A));

% 1. Solve.
[x, status, report] = lsq_oct (A, b, columns (A));
printf ("status: %s\n", status);
printf ("stopped by: %s\n", report.stopped_by);
printf ("residual norm: %.6f\n", report.residual_norm);
printf ("backward error below 1e-14: %s\n", merge (report.backward_error < 1e-14, "yes", "no"));
printf ("rank: %d\n", report.rank);
printf ("solution norm: %.4f, first: %.5f, last: %.5f\n", norm (x), x(1), x(end));

% 2. An error of the library's is one of Octave's: the identifier has the status, which says what kind, and the message
% says what exactly.
try
  lsq_oct (A, b, columns (A) - 1);
catch problem
  printf ("error: %s: %s\n", strrep (problem.identifier, "libakr:", ""), problem.message);
end

% 3. A solve that the progress function cancels.
global calls = 0;
[x, status] = lsq_oct (A, b, columns (A), @cancel_at_once);
printf ("cancelled: %s, after calls: %d\n", status, calls);

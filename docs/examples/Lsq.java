// SPDX-License-Identifier: BSD-3-Clause
// Least squares from Java through JNA: read a sparse matrix and a right-hand side, solve min |A x - b|, look at the
// report, provoke an error, cancel a solve.
//
//   javac -cp /usr/share/java/jna.jar Lsq.java && java -cp /usr/share/java/jna.jar:. Lsq data/well1033.mtx \
//     data/well1033_rhs1.mtx                                     (Debian: libjna-java)
//
// The library is found by the dynamic linker, or where the environment variable LIBAKR says. An example, not a benchmark.
import com.sun.jna.*;
import com.sun.jna.ptr.*;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

final class Lsq {
  // int is int32_t, long int64_t; an array that is used during the call alone may be a Java array. What a handle borrows
  // is Memory, which has one address for good.
  interface Akr extends Library {
    interface Progress extends Callback { int now(Pointer user, Pointer report); }
    int akr_version();
    String akr_last_error();
    String akr_status_name(int status);
    int akr_options_create(PointerByReference out);
    int akr_options_set_progress(Pointer options, Progress progress, Pointer user);
    void akr_options_destroy(Pointer options);
    int akr_report_create(PointerByReference out);
    int akr_report_get_i64(Pointer report, String key, LongByReference value);
    int akr_report_get_f64(Pointer report, String key, DoubleByReference value);
    int akr_report_get_str(Pointer report, String key, byte[] buf, long capacity, LongByReference length);
    void akr_report_destroy(Pointer report);
    int akr_matrix_create_sparse_f64(int layout, long rows, long cols, int indexBits, int indexBase, Pointer start,
        Pointer index, Pointer value, Pointer options, PointerByReference out);
    void akr_matrix_destroy(Pointer matrix);
    int akr_lsq_solve_f64(Pointer a, Pointer m, double ridge, long nrhs, double[] b, long ldb, double[] x, long ldx,
        Pointer options, Pointer report);
  }
  private static final int ROW_MAJOR = 1;
  private static final Akr AKR = Native.load(System.getenv().getOrDefault("LIBAKR", "libakr.so.1"), Akr.class);

  // Positive statuses are results, not errors.
  private static int require(int status) {
    if (status < 0) throw new IllegalStateException(AKR.akr_status_name(status) + ": " + AKR.akr_last_error());
    return status;
  }

  // The numbers of a Matrix Market file behind its comments, line by line.
  private static double[][] marketNumbers(String path) throws IOException {
    return Files.readAllLines(Path.of(path)).stream().filter(line -> !line.startsWith("%"))
        .map(line -> Stream.of(line.trim().split("\\s+")).mapToDouble(Double::parseDouble).toArray())
        .toArray(double[][]::new);
  }

  private static Memory memory(long[] values) {
    Memory made = new Memory(8L * values.length);
    made.write(0, values, 0, values.length);
    return made;
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 2) throw new IllegalArgumentException("usage: Lsq MATRIX.mtx RIGHT_HAND_SIDE.mtx");
    int version = AKR.akr_version();
    System.out.printf("libakr %d.%d.%d%n", version / 10000, version / 100 % 100, version % 100);
    double[][] lines = marketNumbers(arguments[0]);
    int rows = (int) lines[0][0], cols = (int) lines[0][1], count = (int) lines[0][2];
    double[][] entries = Arrays.copyOfRange(lines, 1, count + 1);
    Arrays.sort(entries, Comparator.<double[]>comparingDouble(e -> e[0]).thenComparingDouble(e -> e[1]));
    double[] b = Stream.of(marketNumbers(arguments[1])).skip(1).mapToDouble(line -> line[0]).toArray();
    if (b.length != rows) throw new IllegalArgumentException("the right-hand side does not fit the matrix");
    double[] x = new double[cols];
    System.out.printf("matrix: %d x %d, %d entries%n", rows, cols, count);

    // 1. Solve. The matrix borrows the memory: it must be reachable until the handle is destroyed.
    long[] starts = new long[rows + 1];
    for (double[] e : entries) ++starts[(int) e[0]];
    for (int i = 0; i < rows; ++i) starts[i + 1] += starts[i];
    Memory start = memory(starts), column = memory(Stream.of(entries).mapToLong(e -> (long) e[1] - 1).toArray());
    Memory value = new Memory(8L * count);
    for (int k = 0; k < count; ++k) value.setDouble(8L * k, entries[k][2]);
    PointerByReference matrix = new PointerByReference(), report = new PointerByReference();
    PointerByReference options = new PointerByReference();
    require(AKR.akr_matrix_create_sparse_f64(ROW_MAJOR, rows, cols, 64, 0, start, column, value, null, matrix));
    require(AKR.akr_report_create(report));
    Pointer A = matrix.getValue(), told = report.getValue();
    int status = require(AKR.akr_lsq_solve_f64(A, null, 0, 1, b, rows, x, cols, null, told));
    byte[] text = new byte[32];
    LongByReference length = new LongByReference(), rank = new LongByReference();
    DoubleByReference residual = new DoubleByReference(), error = new DoubleByReference();
    require(AKR.akr_report_get_str(told, "stopped_by", text, text.length, length));
    require(AKR.akr_report_get_f64(told, "residual_norm", residual));
    require(AKR.akr_report_get_f64(told, "backward_error", error));
    require(AKR.akr_report_get_i64(told, "rank", rank));
    System.out.printf("status: %s%nstopped by: %s%n", AKR.akr_status_name(status), Native.toString(text));
    System.out.printf(Locale.ROOT, "residual norm: %.6f%n", residual.getValue());
    System.out.printf("backward error below 1e-14: %s%nrank: %d%n", error.getValue() < 1e-14 ? "yes" : "no",
        rank.getValue());
    double norm = Math.sqrt(DoubleStream.of(x).map(v -> v * v).sum());
    System.out.printf(Locale.ROOT, "solution norm: %.4f, first: %.5f, last: %.5f%n", norm, x[0], x[cols - 1]);

    // 2. An error: the status says what kind, the text what exactly. x is left as it was.
    status = AKR.akr_lsq_solve_f64(A, null, 0, 1, b, rows, x, cols - 1, null, told);
    System.out.printf("error: %s: %s%n", AKR.akr_status_name(status), AKR.akr_last_error());

    // 3. A solve that the progress callback cancels. The callback must be reachable as long as the options are used.
    int[] calls = {0};
    Akr.Progress cancelAtOnce = (user, now) -> ++calls[0];  // nonzero cancels
    require(AKR.akr_options_create(options));
    require(AKR.akr_options_set_progress(options.getValue(), cancelAtOnce, null));
    status = require(AKR.akr_lsq_solve_f64(A, null, 0, 1, b, rows, x, cols, options.getValue(), told));
    System.out.printf("cancelled: %s, after calls: %d%n", AKR.akr_status_name(status), calls[0]);

    AKR.akr_options_destroy(options.getValue());
    AKR.akr_report_destroy(told);
    AKR.akr_matrix_destroy(A);
    for (Object used : new Object[] {start, column, value, cancelAtOnce}) Reference.reachabilityFence(used);
  }
}

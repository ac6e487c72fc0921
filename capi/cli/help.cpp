// SPDX-License-Identifier: BSD-3-Clause
// akr help and akr version. Each text fits in a terminal of 80 x 24.
#include <akr.h>

#include "commands.hpp"
#include "failure.hpp"
#include "output.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

const char *const general =
    "akr: certified regression against tall matrices and kernels\n"
    "\n"
    "  akr lsq A b -o x        solve min ||A x - b||, x to a file or stdout\n"
    "  akr gram A b -o x       solve (A'A)^j x = b, or exp(t A'A) x = b\n"
    "  akr kernel fit A b      solve (exp(s A A') + ridge I) x = b, and keep a model\n"
    "  akr kernel predict M Q  the values of a model at the points Q\n"
    "  akr info FILE           what a matrix file holds\n"
    "  akr options [KEY]       the options of the solver, with defaults and ranges\n"
    "  akr completion SHELL    what makes bash, zsh or fish complete akr's words\n"
    "  akr version             version, compiler, BLAS, instruction set\n"
    "  akr help [COMMAND]      this, or the help of one command\n"
    "\n"
    "Files: .npy, Matrix Market (.mtx), CSV or other columns of numbers; any of them\n"
    "as .gz; - is stdin. An example:\n"
    "\n"
    "  akr lsq data.csv --target price --intercept -o x.csv\n"
    "\n"
    "Exit status: 0 solved and checked, 1 not converged, 2 cancelled, 3 rank\n"
    "deficient, 4 precision limit (x is written in each case); 64 and up: an error.\n"
    "More: man akr\n";

const char *const lsq =
    "akr lsq A b [-o x]                min ||A x - b||^2 + ridge ||x||^2\n"
    "akr lsq DATA --target COLUMN      b is a column of DATA, A is all the others\n"
    "  -o FILE              x to .npy, .mtx, .csv or .txt [one number a line, stdout]\n"
    "  --ridge MU           penalty on ||x||^2 [0]\n"
    "  --target COLUMN      column of b: name, or number from 1, or from -1 back;\n"
    "                       may be repeated; --column is the same\n"
    "  --intercept          add a constant, the last entry of x; never penalised\n"
    "  --precision WORD     double or single [double]\n"
    "  --rows-from-disk     read the rows of A.npy for each pass: memory stays small\n"
    "  --start FILE         a first guess of x\n"
    "  --header WORD        the first line of a CSV is names: auto, yes or no [auto]\n"
    "  --KEY VALUE          an option of the solver (akr options lists them); also\n"
    "  --set KEY=VALUE\n"
    "  --json[=FILE]        the report as JSON; alone on stdout when no -o is given\n"
    "  --plot FILE.svg      a picture of the convergence\n"
    "  --progress, --no-progress, -q (--quiet), -v (--verbose)\n"
    "Ctrl-C ends with the best x so far. Exit status: 0..4 as the library's status;\n"
    "64 and up: an error. An example:\n"
    "  akr lsq A.npy b.npy -o x.npy --ridge 1e-3 --rtol 1e-8 --plot history.svg\n";

const char *const gram =
    "akr gram A [b] --power J [-o x]   (A'A)^J x = b, b a row for each column of A\n"
    "akr gram A b --power J --odd      min ||A (A'A)^J x - b||, b has the rows of A\n"
    "akr gram A [b] --exp T            exp(T A'A) x = b; -T gives the product\n"
    "  No b stands for the identity: x is (A'A)^-J or exp(-T A'A)\n"
    "  -o FILE              x to .npy, .mtx, .csv or .txt [one row a line, stdout]\n"
    "  --target COLUMN      column of b: name, or number from 1, or from -1 back;\n"
    "                       may be repeated; --column is the same\n"
    "  --precision WORD     double or single [double]\n"
    "  --rows-from-disk     read the rows of A.npy for each pass: memory stays small\n"
    "  --header WORD        the first line of a CSV is names: auto, yes or no [auto]\n"
    "  --KEY VALUE          an option of the solver (akr options lists them); also\n"
    "  --set KEY=VALUE\n"
    "  --json[=FILE]        the report as JSON; alone on stdout when no -o is given\n"
    "  --plot FILE.svg      a picture of the convergence of a power\n"
    "  --progress, --no-progress, -q (--quiet), -v (--verbose)\n"
    "Exit status: 0..4 as the library's status; 64 and up: an error. 4: the digits of\n"
    "x are lost to the condition number of the power; --residual.precision doubled\n"
    "finds them. An example:\n"
    "  akr gram A.npy --power 1 -o covariance.npy\n";

const char *const kernel =
    "akr kernel fit A b -o MODEL         solve (exp(S A A') + MU I) x = b\n"
    "akr kernel predict MODEL Q [-o y]   the values of a model at the points Q\n"
    "\n"
    "exp goes entry by entry; the rows of A and Q are points, those of b and y the\n"
    "values there. akr help kernel fit and akr help kernel predict list the flags.\n"
    "An example:\n"
    "  akr kernel fit rooms.csv --target dBm --scale 0.01 --ridge 10 -o map.model\n"
    "  akr kernel predict map.model grid.csv -o map.csv\n";

const char *const kernel_fit =
    "akr kernel fit A b -o MODEL      (exp(S A A') + MU I) x = b, exp entry by entry\n"
    "akr kernel fit DATA --target COLUMN -o MODEL\n"
    "  The rows of A are points, those of b the values there.\n"
    "  -o FILE              the model, a text file\n"
    "  --scale S            of the exponents S <a, a'>, 0 or more [1]\n"
    "  --ridge MU           added to the diagonal, for noise in b [0]\n"
    "  --centre             fit b about its mean, which predict adds again (--center)\n"
    "  --target COLUMN      column of b: name, or number from 1, or from -1 back;\n"
    "                       may be repeated; --column is the same\n"
    "  --header WORD        the first line of a CSV is names: auto, yes or no [auto]\n"
    "  --KEY VALUE          an option of the solver (akr options lists them); also\n"
    "  --set KEY=VALUE\n"
    "  --json[=FILE]        the report as JSON [stdout]\n"
    "  --plot FILE.svg      a picture of the convergence\n"
    "  --progress, --no-progress, -q (--quiet), -v (--verbose)\n"
    "Exit status: 0..4 as the library's status; 64 and up: an error. An example:\n"
    "  akr kernel fit rooms.csv --target dBm --scale 0.01 --ridge 10 -o map.model\n";

const char *const kernel_predict =
    "akr kernel predict MODEL Q [-o y]\n"
    "\n"
    "Writes the sum of exp(S <q, a>) x over the points a of the model for each row q\n"
    "of Q, and adds the mean where the model has one.\n"
    "  -o FILE              y to .npy, .mtx, .csv or .txt [one row a line, stdout]\n"
    "  --header WORD        the first line of a CSV is names: auto, yes or no [auto]\n"
    "  --KEY VALUE          an option of the solver (akr options lists them); also\n"
    "  --set KEY=VALUE\n"
    "  --json[=FILE]        the report as JSON; alone on stdout when no -o is given\n"
    "  --progress, --no-progress, -q (--quiet), -v (--verbose)\n"
    "Exit status: 0..4 as the library's status; 64 and up: an error. An example:\n"
    "  akr kernel predict map.model grid.csv -o map.csv\n";

const char *const info =
    "akr info FILE...\n"
    "\n"
    "Prints format, size, type, layout, nonzeros, whether all entries are finite,\n"
    "their extremes and the Frobenius norm.\n"
    "\n"
    "  --header WORD        the first line of a CSV is names: auto, yes or no [auto]\n"
    "\n"
    "An example:  akr info A.mtx.gz\n";

const char *const options =
    "akr options [KEY...]\n"
    "\n"
    "Prints each option of the solver with its type, default, range and meaning. Set\n"
    "one by --KEY VALUE or --set KEY=VALUE of a command that computes.\n"
    "\n"
    "  --keys               the keys only\n"
    "\n"
    "An example:  akr options sketch.kind\n";

const char *const completion =
    "akr completion bash|zsh|fish\n"
    "\n"
    "Prints the script that makes a shell complete commands, flags, options of the\n"
    "solver and their values. Where the installed one is not found, read it in\n"
    "~/.bashrc or, behind compinit, in ~/.zshrc; fish: akr completion fish|source\n"
    "\n"
    "An example:  source <(akr completion bash)\n";

const char *const version =
    "akr version\n"
    "\n"
    "Prints the version of the library in use and how it was built.\n"
    "\n"
    "An example:  akr version\n";

const char *const help =
    "akr help [COMMAND]\n"
    "\n"
    "Prints what akr can do, or the help of one command.\n"
    "\n"
    "An example:  akr help kernel fit\n";

const struct {
  const char *name;
  const char *text;
} texts[] = {{"lsq", lsq},
             {"gram", gram},
             {"kernel", kernel},
             {"kernel fit", kernel_fit},
             {"kernel predict", kernel_predict},
             {"info", info},
             {"options", options},
             {"completion", completion},
             {"version", version},
             {"help", help}};

}  // namespace

std::vector<std::string> command_names() {
  std::vector<std::string> out;
  for (const auto &row : texts) {
    const std::string name = row.name;
    if (name.find(' ') == std::string::npos) out.push_back(name);
  }
  return out;
}

std::string help_text(const std::string &command) {
  if (command.empty()) return general;
  std::vector<std::string> known;
  for (const auto &row : texts) {
    if (command == row.name) return row.text;
    known.emplace_back(row.name);
  }
  throw Failure(Exit::usage, concat("unknown command ", command, suggestion(command, known)));
}

int run_help(const std::vector<std::string> &words) {
  std::string command;
  for (const std::string &word : words) append(command, concat(command.empty() ? "" : " ", word));
  if (command == "--help" || command == "-h") command = "help";
  write_text("", help_text(command));
  return 0;
}

int run_version(const std::vector<std::string> &words) {
  if (!words.empty()) {
    if (words.front() != "--help" && words.front() != "-h") {
      throw Failure(Exit::usage, concat("version takes no ", quote(words.front())));
    }
    write_text("", help_text("version"));
    return 0;
  }
  const std::int32_t number = akr_version();
  write_text("",
             concat("akr ", number / 10000, ".", number / 100 % 100, ".", number % 100, "\n", akr_build_info(), "\n"));
  return 0;
}

}  // namespace akr::cli

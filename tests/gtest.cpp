// SPDX-License-Identifier: BSD-3-Clause
// Compiled so that gtest.h is precompiled, once for all programs of the tests (tests/CMakeLists.txt).

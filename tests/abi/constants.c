/* SPDX-License-Identifier: BSD-3-Clause
 * Numbers and shapes that programs have compiled in: they never change within one SONAME. A new constant is added here
 * with its first release; a line is never edited. Compiling this file is the test. */
#include <akr.h>
#include <stddef.h>

#define PIN(name, value) _Static_assert((name) == (value), #name " was " #value " in a released header")

PIN(AKR_OK, 0);
PIN(AKR_NOT_CONVERGED, 1);
PIN(AKR_CANCELLED, 2);
PIN(AKR_RANK_DEFICIENT, 3);
PIN(AKR_PRECISION_LIMIT, 4);
PIN(AKR_E_ARGUMENT, -1);
PIN(AKR_E_OPTION, -2);
PIN(AKR_E_MEMORY, -3);
PIN(AKR_E_NOT_FINITE, -4);
PIN(AKR_E_NUMERIC, -5);
PIN(AKR_E_CALLBACK, -6);
PIN(AKR_E_UNSUPPORTED, -7);
PIN(AKR_E_NO_VALUE, -8);
PIN(AKR_E_CANCELLED, -9);
PIN(AKR_E_INTERNAL, -99);
PIN(AKR_COL_MAJOR, 0);
PIN(AKR_ROW_MAJOR, 1);
PIN(AKR_LOG_WARN, 1);
PIN(AKR_LOG_INFO, 2);
PIN(AKR_LOG_DEBUG, 3);
PIN(AKR_PRECOND_FULL, 0);
PIN(AKR_PRECOND_RIGHT, 1);

/* The same type, not merely one that converts to it. */
#define SAME_TYPE(name, type) _Static_assert(_Generic((name)0, type : 1, default : 0), #name " is no longer " #type)

SAME_TYPE(akr_status, int32_t);
SAME_TYPE(akr_apply_f64, int32_t (*)(void *, int32_t, int64_t, const double *, int64_t, double *, int64_t));
SAME_TYPE(akr_apply_f32, int32_t (*)(void *, int32_t, int64_t, const float *, int64_t, float *, int64_t));
SAME_TYPE(akr_rows_f64, int32_t (*)(void *, int64_t, int64_t, double *, int64_t));
SAME_TYPE(akr_rows_f32, int32_t (*)(void *, int64_t, int64_t, float *, int64_t));
SAME_TYPE(akr_progress_fn, int32_t (*)(void *, const akr_report *));
SAME_TYPE(akr_log_fn, void (*)(void *, int32_t, const char *));
SAME_TYPE(akr_lock_fn, void (*)(void *));

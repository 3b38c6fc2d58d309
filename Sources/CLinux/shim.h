// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0
#ifndef CERALACCA_LINUX_SHIM_H
#define CERALACCA_LINUX_SHIM_H
#include <sys/prctl.h>

// prctl(2) takes a variable number of arguments, so Swift does not see it.

/// Allows (1) or forbids (0) core dumps and looks into the memory by other processes of the same user; 0 on success, else -1 and errno.
static inline int ceralacca_set_dumpable(int dumpable) { return prctl(PR_SET_DUMPABLE, (unsigned long)dumpable, 0, 0, 0); }

/// 1 when they are allowed, 0 when not.
static inline int ceralacca_is_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }
#endif

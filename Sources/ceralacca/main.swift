// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayCommands
import Glibc

exit(await CommandLineProgram.main(Array(CommandLine.arguments.dropFirst())))

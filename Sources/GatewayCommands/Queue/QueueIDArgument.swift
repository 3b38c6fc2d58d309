// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import MailModel

/// An identifier on the command line.
struct QueueIDArgument: ExpressibleByArgument {
    let id: QueueID

    init?(argument: String) {
        guard let id = QueueID(argument) else { return nil }
        self.id = id
    }
}

/// The identifiers that an action is for.
struct QueueIDArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The message's identifier: sixteen letters and digits, as listings show it.",
            valueName: "id"
        )
    )
    var ids: [QueueIDArgument]
}

// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import MailTransport

/// What the lanes of one service share.
struct LaneContext: Sendable {
    let store: any QueueStore & AccountLedger & AlertStore
    let connector: MailConnector
    /// What delivery by MX asks; nil where nothing goes by MX.
    let internet: InternetServices?
    let alerts: any AlertReporting
    let clock: any WallClock
    let owner: String
    let claimNames: ClaimNames
    let watch: MessageWatch
    let logger: Logger
    let spawner: TaskSpawner
    let accountEvents: AccountEventBuffer
}

// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

/// Knows since when each scanner gives no verdict, and has a person told.
actor ScannerWatch {
    /// The key of a scanner's alert.
    static func key(_ scanner: String) -> String { "scanner:\(scanner):down" }

    private let alerts: any AlertReporting
    private let clock: any WallClock
    private var failing: [String: (since: Timestamp, error: ScannerError)] = [:]
    private var raised: Set<String> = []
    private var whenDown: ScanVerdict.WhenDown

    /// One glitch is no alert: the next message tells whether it lasts.
    private static let patience = Duration.seconds(60)

    init(whenDown: ScanVerdict.WhenDown, alerts: any AlertReporting, clock: any WallClock) {
        self.whenDown = whenDown
        self.alerts = alerts
        self.clock = clock
    }

    /// True when it gave a verdict at `moment` or later.
    func hasAnswered(_ scanner: String, since moment: Timestamp) -> Bool {
        answers[scanner].map { $0 >= moment } ?? false
    }

    func answered(_ scanner: String) async {
        answers[scanner] = clock.now()
        // An alert of an earlier run is ended by the first verdict of this one.
        guard failing.removeValue(forKey: scanner) != nil || !known.contains(scanner) else { return }
        known.insert(scanner)
        raised.remove(scanner)
        await alerts.clear(key: Self.key(scanner))
    }

    func failed(_ scanner: String, _ error: ScannerError) async {
        failing[scanner] = (failing[scanner]?.since ?? clock.now(), error)
        await review()
    }

    /// Tells of those that have failed for a minute, also when nothing has come to be scanned since.
    func review() async {
        for (scanner, failure) in failing {
            guard clock.now() >= failure.since + Self.patience, raised.insert(scanner).inserted else { continue }
            await alerts.raise(
                key: Self.key(scanner),
                summary: "\(scanner) gives no verdict: \(failure.error)",
                affects: affected,
                remedy: "See whether it runs and what it logs; ceralacca check --connect asks it. \(alternative)"
            )
        }
    }

    private var affected: String {
        switch whenDown {
        case .defer:
            "Mail that it would look at waits: senders are answered 451 and try again, retrieved mail stays at its provider. Nothing passes "
                + "unscanned (scanners.when_down: defer)."
        case .pass: "Mail passes UNSCANNED by it, and says so on top (scanners.when_down: pass). Nothing waits."
        }
    }

    private var alternative: String {
        switch whenDown {
        case .defer:
            "Mail that cannot wait so long: scanners.when_down: pass, then ceralacca reload, lets it through unscanned."
        case .pass:
            "Mail that shall not pass unscanned: scanners.when_down: defer, then ceralacca reload, lets it wait."
        }
    }

    /// Ends the alerts of scanners that are not configured any more, and begins the others anew when they mean something else now.
    func keep(_ names: Set<String>, whenDown next: ScanVerdict.WhenDown) async {
        let meansElse = next != whenDown
        whenDown = next
        for gone in Set(failing.keys).union(known).subtracting(names) {
            failing[gone] = nil
            known.remove(gone)
            raised.remove(gone)
            answers[gone] = nil
            await alerts.clear(key: Self.key(gone))
        }
        guard meansElse else { return }
        for scanner in raised {
            raised.remove(scanner)
            await alerts.clear(key: Self.key(scanner))
        }
        await review()
    }

    /// Scanners that gave a verdict since the start.
    private var known: Set<String> = []
    /// When each gave its last verdict.
    private var answers: [String: Timestamp] = [:]
}

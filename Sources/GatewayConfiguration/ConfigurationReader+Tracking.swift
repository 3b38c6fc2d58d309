// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ConfigurationReader {
    private static let day = 86_400

    /// Reads the section `tracking`.
    func readTracking(_ field: Field) -> TrackingConfiguration {
        var tracking = TrackingConfiguration()
        let keys = "a mapping with acceptance_overdue, delivery_overdue, uncertain_after, digest_at"
        guard var section = field.section(keys) else { return tracking }
        let longest = Duration.seconds(30 * Self.day)
        if let value = section.field("acceptance_overdue")?.duration(.seconds(60)...longest) {
            tracking.acceptanceOverdue = value
        }
        // A provider has 24 hours to say that it could not deliver (RFC 6109 §3.1.6).
        if let value = section.field("delivery_overdue")?.duration(.seconds(Self.day)...longest) {
            tracking.deliveryOverdue = value
        }
        if let value = section.field("uncertain_after")?.duration(.seconds(1)...longest) {
            tracking.uncertainAfter = value
        }
        if let value = section.field("digest_at")?.timeOfDay() { tracking.digestAt = value }
        section.finish()
        return tracking
    }

    /// Reads the section `archive`.
    func readArchive(_ field: Field) -> ArchiveConfiguration {
        var archive = ArchiveConfiguration()
        guard var section = field.section("a mapping with the key keep") else { return archive }
        switch section.field("keep")?.retention() {
        case nil: break
        case .forever: archive.keep = nil
        case .duration(let time): archive.keep = time
        }
        section.finish()
        return archive
    }
}

extension Field {
    fileprivate func timeOfDay() -> TimeOfDay? {
        let expected = "a time of day in quotes, \"18:00\""
        guard let text = text(expected) else { return nil }
        return TimeOfDay(text) ?? wrong(expected)
    }
}

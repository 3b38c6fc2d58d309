// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@testable import Sandbox

struct LegalTimeTests {
    @Test(arguments: [
        (1_795_428_000, "23/11/2026", "11:00:00", "+0100"),  // 2026-11-23T10:00:00Z
        (1_782_856_800, "01/07/2026", "00:00:00", "+0200"),  // 2026-06-30T22:00:00Z
        (1_774_745_999, "29/03/2026", "01:59:59", "+0100"),  // the last second of winter
        (1_774_746_000, "29/03/2026", "03:00:00", "+0200"),
        (1_792_889_999, "25/10/2026", "02:59:59", "+0200"),  // the last second of summer
        (1_792_890_000, "25/10/2026", "02:00:00", "+0100"),
        (1_711_846_799, "31/03/2024", "01:59:59", "+0100"),  // a last Sunday on the 31st
        (1_711_846_800, "31/03/2024", "03:00:00", "+0200"),
        (1_761_440_400, "26/10/2025", "02:00:00", "+0100"),
        (0, "01/01/1970", "01:00:00", "+0100"),
        (-1, "01/01/1970", "00:59:59", "+0100"),
    ])
    func `Italian legal time changes on the last Sundays of March and October`(
        _ seconds: Int64,
        _ day: String,
        _ time: String,
        _ zone: String
    ) {
        let legal = LegalTime(Timestamp(milliseconds: seconds * 1000))
        #expect(legal.day == day && legal.time == time && legal.zone == zone, "\(legal)")
        #expect(legal.dateField.hasSuffix(zone) && legal.dateField.contains(time))
    }
}

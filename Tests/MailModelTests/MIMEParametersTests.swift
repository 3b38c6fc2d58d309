// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

struct MIMEParametersTests {
    @Test(.timeLimit(.minutes(1)))
    func `a parameter that stands thousands of times is read in linear time, and its last name is found`() {
        let count = 40_000
        let body =
            "x/y; " + (0..<count).map { "name=f\($0).txt; name=same.txt" }.joined(separator: "; ") + "; name=evil.exe"
        let readings = MIMEParameters(body).readings("name")
        #expect(readings.count == count + 2)
        #expect(readings.prefix(3) == ["f0.txt", "same.txt", "f1.txt"])
        #expect(readings.last == "evil.exe")
    }
}

// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

struct EncodedWordTests {
    @Test(arguments: [
        ("plain", "plain"),
        ("=?UTF-8?Q?Perch=C3=A9_no=3F?=", "Perché no?"),
        ("=?utf-8?B?UGVyY2jDqQ==?=", "Perché"),
        ("=?utf-8?b?UGVyY2jDqQ?=", "Perché"),
        ("=?iso-8859-1?q?Perch=E9?=", "Perché"),
        ("=?iso-8859-15?q?=A4_10?=", "€ 10"),
        ("=?windows-1252?q?=80_=93ok=94?=", "€ “ok”"),
        ("=?us-ascii?q?a=20b?=", "a b"),
        ("=?utf-8*it?q?ciao?=", "ciao"),
        ("Re: =?utf-8?q?a?= =?utf-8?q?b?= c", "Re: ab c"),
        ("=?utf-8?q?a?=\r\n =?iso-8859-1?q?=E9?=", "aé"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
        ("=?utf-8?q?=FF?=", "\u{FFFD}"),
        ("=?koi8-r?q?=C1?=", "=?koi8-r?q?=C1?="),
        ("=?utf-8?q?=G1?=", "=?utf-8?q?=G1?="),
        ("=?utf-8?q?=1", "=?utf-8?q?=1"),
        ("=?utf-8?b?!!!!?=", "=?utf-8?b?!!!!?="),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?a b=C3=A8?= c", "a bè c"),
        ("=?utf-8?b?w6 g=?=", "è"),
        ("=?iso8859_1?q?=E8=92?= =?ISO-8859-15?q?=A4?=", "è’€"),
        ("=?utf-8?q", "=?utf-8?q"),
        ("=?", "=?"),
        ("=?utf-8?q?a=1B[2Jb=0D=0A?=", "a [2Jb  "),
        ("a\u{1B}b\0\u{9B}c", "a b  c"),
    ])
    func `Encoded words are made readable, the rest stays`(_ text: String, _ decoded: String) {
        #expect(Array(EncodedWord.decode(text).utf8) == Array(decoded.utf8))
    }
}

// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The list of what was not carried over: each thing once, and no more than a person can read.
struct ImportRemarks {
    /// The most remarks.
    static let maximum = 10_000

    private var remarks: [ImportRemark] = []
    private var told: Set<ImportRemark> = []
    private var isCut = false

    /// Adds a remark, unless it is there already or the list is full.
    mutating func append(_ remark: ImportRemark) {
        guard told.count < Self.maximum else {
            isCut = isCut || !told.contains(remark)
            return
        }
        if told.insert(remark).inserted { remarks.append(remark) }
    }

    /// By file and line; what is left out is told last.
    var sorted: [ImportRemark] {
        let sorted = remarks.sorted { $0.place < $1.place }
        guard isCut else { return sorted }
        return sorted + [
            ImportRemark(
                SourcePlace("import"),
                "there is more to tell than is listed here: the list ends after \(Self.maximum) remarks",
                "Correct what is listed, and import again."
            )
        ]
    }
}

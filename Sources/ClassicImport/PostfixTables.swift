// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Opens the tables that parameters name.
struct PostfixTables {
    let parameters: PostfixParameters
    let directory: String
    let files: ClassicFiles

    /// The most tables and files of one parameter.
    static let maximumTables = 32
    /// The most names of one parameter.
    static let maximumNames = 100_000

    /// What stands before the colon of a table, of those that are read and some that are not.
    private static let types: Set<String> = [
        "hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash", "regexp", "pcre", "inline", "proxy", "cidr", "ldap",
        "mysql",
        "pgsql", "sqlite", "mongodb", "nis", "tcp", "socketmap", "memcache", "static", "unionmap", "pipemap", "randmap",
        "fail",
    ]

    /// All tables of `parameter`, one after the other as Postfix asks them; what cannot be read is remarked on.
    func open(_ parameter: String, _ remarks: inout ImportRemarks) -> PostfixTable {
        var table = PostfixTable()
        let specifications = list(parameter, &remarks)
        for specification in specifications.prefix(Self.maximumTables) {
            table.add(open(specification, parameter, &remarks))
        }
        if table.isCut || specifications.count > Self.maximumTables { remarkCut(parameter, &remarks) }
        return table
    }

    private func remarkCut(_ parameter: String, _ remarks: inout ImportRemarks) {
        remarks.append(
            ImportRemark(
                parameters.place(parameter),
                "\(parameter) names more than is read (\(Self.maximumTables) tables, \(PostfixTable.maximumEntries) entries, "
                    + "\(PostfixTable.maximumPatterns) octets of patterns, \(Self.maximumNames) names): the rest is not carried over",
                "Add what is missing by hand."
            )
        )
    }

    /// The elements of a parameter's value.
    func list(_ parameter: String, _ remarks: inout ImportRemarks) -> [String] {
        PostfixLines.list(value(parameter, &remarks))
    }

    /// The parameter's value; empty, with a remark, where it cannot be told.
    func value(_ parameter: String, _ remarks: inout ImportRemarks) -> String {
        do { return try parameters.value(parameter) } catch {
            let reason =
                switch error {
                case .tooDeep: "its parameters name each other in a circle"
                case .tooLong: "it is longer than \(PostfixParameters.maximumCharacters) characters"
                case .unfinished: "a brace is not closed"
                }
            remarks.append(
                ImportRemark(parameters.place(parameter), "\(parameter) is not carried over: \(reason)", "Correct it.")
            )
            return ""
        }
    }

    /// A list that may name files and tables among its elements: those of a table are its keys.
    func names(_ parameter: String, _ remarks: inout ImportRemarks) -> [String] {
        var names: [String] = []
        var files = 0
        var isCut = false
        for element in list(parameter, &remarks) {
            let isTable = element.firstIndex(of: ":").map { Self.types.contains(String(element[..<$0])) } ?? false
            guard element.hasPrefix("/") || isTable else {
                names.append(element)
                continue
            }
            files += 1
            guard files <= Self.maximumTables, names.count <= Self.maximumNames else {
                isCut = true
                break
            }
            if !isTable {
                guard let text = text(path(element, &remarks), parameter, &remarks) else { continue }
                names += PostfixLines.split(text).flatMap { PostfixLines.list($0.text) }
                continue
            }
            let table = open(element, parameter, &remarks)
            names += table.entries.map(\.key)
            isCut = isCut || table.isCut
            guard let rule = table.rules.first else { continue }
            remarks.append(
                ImportRemark(rule.place, "\(parameter) has patterns, which are not carried over", "Name each by hand.")
            )
        }
        guard isCut || names.count > Self.maximumNames else { return names }
        remarkCut(parameter, &remarks)
        return Array(names.prefix(Self.maximumNames))
    }

    /// The path of a file that `main.cf` names. In a copy of Postfix's directory what it has under the directory that it was copied from lies
    /// in the copy; what lies there on this machine is another's.
    func path(_ name: String, _ remarks: inout ImportRemarks) -> String {
        let own = parameters.isSet("config_directory") ? FilePath.plain(value("config_directory", &remarks)) : ""
        for origin in [own, "/etc/postfix"] where origin.hasPrefix("/") && origin != directory {
            guard name.hasPrefix("\(origin)/"), !name.hasPrefix("\(directory)/") else { continue }
            remarks.append(
                ImportRemark(
                    SourcePlace(parameters.file),
                    "it names files under \(origin), and lies elsewhere: they were looked for in \(directory)",
                    "Look that they are there as Postfix has them."
                )
            )
            return directory + name.dropFirst(origin.count)
        }
        return FilePath.absolute(name, in: directory)
    }

    private func open(
        _ specification: String,
        _ parameter: String,
        _ remarks: inout ImportRemarks
    ) -> PostfixTable {
        var table = PostfixTable()
        let place = parameters.place(parameter)
        var specification = specification
        while specification.hasPrefix("proxy:") { specification.removeFirst("proxy:".count) }
        let colon = specification.firstIndex(of: ":")
        var type = colon.map { String(specification[..<$0]) } ?? "hash"
        let source = colon.map { String(specification[specification.index(after: $0)...]) } ?? specification
        if colon == nil, parameters.isSet("default_database_type") { type = value("default_database_type", &remarks) }
        switch type {
        case "hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash":
            let path = path(source, &remarks)
            guard let text = text(path, parameter, &remarks, compiledBy: type == "texthash" ? nil : type) else { break }
            table.addLines(text, file: path)
        case "regexp", "pcre":
            let path = path(source, &remarks)
            guard let text = text(path, parameter, &remarks) else { break }
            table.addRules(text, file: path, isPerl: type == "pcre", &remarks)
        case "inline":
            guard source.hasPrefix("{"), source.hasSuffix("}") else { break }
            table.addInline(String(source.dropFirst().dropLast()), place)
        default:
            remarks.append(
                ImportRemark(
                    place,
                    "\(parameter) asks a table of a type that is not read (hash, btree, lmdb, cdb, dbm, sdbm, texthash, regexp, "
                        + "pcre and inline are)",
                    "Add what it says by hand."
                )
            )
        }
        return table
    }

    private func text(
        _ path: String,
        _ parameter: String,
        _ remarks: inout ImportRemarks,
        compiledBy type: String? = nil
    ) -> String? {
        do throws(ClassicFileError) { return try files.text(path) } catch {
            var (message, remedy) = (
                "\(parameter): cannot read \(path): \(error.reason)",
                "Make it readable and import again, or add what it says by hand."
            )
            if let type, let suffix = [".db", ".lmdb", ".cdb", ".dir"].first(where: { files.exists(path + $0) }) {
                message =
                    "\(parameter): \(path)\(suffix) is compiled, and the text that it was made of, \(path), is not there"
                remedy = "Make it: postmap -s \(type):\(path) > FILE, then mv FILE \(path), and import again."
            }
            remarks.append(ImportRemark(parameters.place(parameter), message, remedy))
            return nil
        }
    }
}

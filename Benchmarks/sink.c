// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0
//
// sink: an SMTP server that takes everything and counts, so light that what is measured is its client.
//   sink PORT COUNTERS [-t CERTIFICATE KEY] [-a] [-c]
// -t TLS from the first byte; -a MAIL only after AUTH PLAIN or LOGIN, with any password; -c offers CHUNKING.
// COUNTERS is a file of three 64-bit numbers that it keeps up to date through a mapping: messages taken, octets of their content,
// and the CLOCK_MONOTONIC time in nanoseconds of the last end of data.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { INPUT = 128 * 1024, OUTPUT = 4096, LINE = 2048 };

struct counters {
    _Atomic uint64_t messages, octets, last;
};

struct session {
    int fd;
    SSL *tls;
    size_t begin, end, pending;
    char input[INPUT], output[OUTPUT];
};

static SSL_CTX *context;
static int needs_login, offers_chunking;
static struct counters *counters;

static ssize_t receive(struct session *s, char *to, size_t room) {
    return s->tls ? SSL_read(s->tls, to, (int)room) : read(s->fd, to, room);
}

static int flush(struct session *s) {
    size_t done = 0;
    while (done < s->pending) {
        ssize_t n = s->tls ? SSL_write(s->tls, s->output + done, (int)(s->pending - done))
                           : write(s->fd, s->output + done, s->pending - done);
        if (n <= 0) return 0;
        done += (size_t)n;
    }
    s->pending = 0;
    return 1;
}

static void say(struct session *s, const char *text) {
    size_t length = strlen(text);
    if (s->pending + length > OUTPUT && !flush(s)) return;
    memcpy(s->output + s->pending, text, length);
    s->pending += length;
}

// Makes room and reads more; replies go out first, so that a pipelining client gets them together.
static int fill(struct session *s) {
    if (!flush(s)) return 0;
    if (s->begin > 0) {
        memmove(s->input, s->input + s->begin, s->end - s->begin);
        s->end -= s->begin;
        s->begin = 0;
    }
    if (s->end == INPUT) return 0;
    ssize_t n = receive(s, s->input + s->end, INPUT - s->end);
    if (n <= 0) return 0;
    s->end += (size_t)n;
    return 1;
}

static int line(struct session *s, char *to) {
    for (;;) {
        char *at = s->input + s->begin, *feed = memchr(at, '\n', s->end - s->begin);
        if (feed) {
            size_t length = (size_t)(feed - at), kept = length < LINE - 1 ? length : LINE - 1;
            memcpy(to, at, kept);
            while (kept > 0 && to[kept - 1] == '\r') kept--;
            to[kept] = 0;
            s->begin += length + 1;
            return 1;
        }
        if (!fill(s)) return 0;
    }
}

static void taken(uint64_t octets) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    atomic_store(&counters->last, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
    atomic_fetch_add(&counters->octets, octets);
    atomic_fetch_add(&counters->messages, 1);
}

// Reads up to CRLF.CRLF; the line before DATA ended with CRLF, so a dot may stand first.
static int data(struct session *s, uint64_t *octets) {
    *octets = 0;
    while (s->end - s->begin < 3)
        if (!fill(s)) return 0;
    if (!memcmp(s->input + s->begin, ".\r\n", 3)) {
        s->begin += 3;
        return 1;
    }
    for (;;) {
        size_t length = s->end - s->begin;
        char *found = memmem(s->input + s->begin, length, "\r\n.\r\n", 5);
        if (found) {
            size_t before = (size_t)(found - s->input) - s->begin;
            *octets += before + 2;
            s->begin += before + 5;
            return 1;
        }
        if (length > 4) {
            *octets += length - 4;
            s->begin += length - 4;
        }
        if (!fill(s)) return 0;
    }
}

static int chunk(struct session *s, uint64_t size) {
    while (size > 0) {
        if (s->begin == s->end && !fill(s)) return 0;
        uint64_t here = s->end - s->begin;
        if (here > size) here = size;
        s->begin += here;
        size -= here;
    }
    return 1;
}

static void greet(struct session *s) {
    say(s, "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 209715200\r\n250-ENHANCEDSTATUSCODES\r\n");
    if (offers_chunking) say(s, "250-CHUNKING\r\n");
    if (needs_login) say(s, "250-AUTH PLAIN LOGIN\r\n");
    say(s, "250-DSN\r\n250 SMTPUTF8\r\n");
}

static int login(struct session *s, char *text) {
    if (!strncasecmp(text + 5, "PLAIN", 5)) {
        if (strlen(text) < 12) {
            say(s, "334 \r\n");
            if (!line(s, text)) return 0;
        }
    } else {
        if (strlen(text) < 12) {
            say(s, "334 VXNlcm5hbWU6\r\n");
            if (!line(s, text)) return 0;
        }
        say(s, "334 UGFzc3dvcmQ6\r\n");
        if (!line(s, text)) return 0;
    }
    say(s, "235 2.7.0 welcome\r\n");
    return 1;
}

static void converse(struct session *s) {
    char text[LINE];
    int is_in = !needs_login;
    uint64_t octets = 0;
    say(s, "220 sink.test ESMTP\r\n");
    while (line(s, text)) {
        if (!strncasecmp(text, "EHLO", 4)) greet(s);
        else if (!strncasecmp(text, "HELO", 4)) say(s, "250 sink.test\r\n");
        else if (!strncasecmp(text, "AUTH ", 5)) {
            if (!login(s, text)) return;
            is_in = 1;
        } else if (!strncasecmp(text, "MAIL", 4)) {
            octets = 0;
            say(s, is_in ? "250 2.1.0 fine\r\n" : "530 5.7.0 Authentication required\r\n");
        } else if (!strncasecmp(text, "RCPT", 4)) say(s, is_in ? "250 2.1.5 fine\r\n" : "503 5.5.1 MAIL first\r\n");
        else if (!strncasecmp(text, "DATA", 4)) {
            say(s, "354 go\r\n");
            if (!data(s, &octets)) return;
            taken(octets);
            say(s, "250 2.0.0 taken\r\n");
        } else if (!strncasecmp(text, "BDAT", 4)) {
            uint64_t size = strtoull(text + 5, 0, 10);
            if (!chunk(s, size)) return;
            octets += size;
            if (strcasestr(text, "LAST")) taken(octets);
            say(s, "250 2.0.0 taken\r\n");
        } else if (!strncasecmp(text, "QUIT", 4)) {
            say(s, "221 2.0.0 bye\r\n");
            flush(s);
            return;
        } else if (!strncasecmp(text, "RSET", 4) || !strncasecmp(text, "NOOP", 4)) say(s, "250 2.0.0 yes\r\n");
        else say(s, "502 5.5.1 not known here\r\n");
    }
}

static void *serve(void *argument) {
    struct session *s = argument;
    int yes = 1;
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (context) {
        s->tls = SSL_new(context);
        SSL_set_fd(s->tls, s->fd);
        if (SSL_accept(s->tls) == 1) {
            converse(s);
            SSL_shutdown(s->tls);
        }
        SSL_free(s->tls);
    } else converse(s);
    close(s->fd);
    free(s);
    return 0;
}

static int fail(const char *what) {
    perror(what);
    return 2;
}

int main(int count, char **words) {
    if (count < 3) {
        fprintf(stderr, "usage: sink PORT COUNTERS [-t CERTIFICATE KEY] [-a] [-c]\n");
        return 64;
    }
    for (int i = 3; i < count; i++) {
        if (!strcmp(words[i], "-a")) needs_login = 1;
        else if (!strcmp(words[i], "-c")) offers_chunking = 1;
        else if (!strcmp(words[i], "-t") && i + 2 < count) {
            context = SSL_CTX_new(TLS_server_method());
            if (SSL_CTX_use_certificate_chain_file(context, words[i + 1]) != 1 ||
                SSL_CTX_use_PrivateKey_file(context, words[i + 2], SSL_FILETYPE_PEM) != 1) {
                ERR_print_errors_fp(stderr);
                return 2;
            }
            i += 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    int file = open(words[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || ftruncate(file, sizeof *counters) != 0) return fail(words[2]);
    counters = mmap(0, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (counters == MAP_FAILED) return fail(words[2]);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) return fail("listen");
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&small, 256 * 1024);
    for (;;) {
        struct session *s = calloc(1, sizeof *s);
        pthread_t thread;
        if (!s) return fail("calloc");
        s->fd = accept(listener, 0, 0);
        if (s->fd < 0 || pthread_create(&thread, &small, serve, s)) {
            if (s->fd >= 0) close(s->fd);
            free(s);
        }
    }
}

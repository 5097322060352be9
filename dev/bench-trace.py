#!/usr/bin/env python3
"""Logs for `dev/bench trace`: nginx's error log of ERROR megabytes, of which one entry in EVERY is an upstream's
failure, RECORDS records, of the first failures and then of others, and an access log of ACCESS megabytes.

    dev/bench-trace.py DIR MEGABYTES RECORDS ACCESS_MEGABYTES [EVERY]
"""
import json
import os
import sys
import time

LINES = int(sys.argv[5]) if len(sys.argv) > 5 else 100  # entries between two failures
CAUSES = ['segfault', 'stack_overflow', 'request_terminate_timeout', 'killed', 'fpm_reload']
TAIL = ', client: 203.0.113.%d, server: shop.example, request: "GET /page/%d?id=%d HTTP/1.1", %shost: "shop.example"\n'
OTHER = '[error] %d#%d: *%d open() "/srv/shop/images/%d.png" failed (2: No such file or directory)'
FAILURE = '[error] %d#%d: *%d recv() failed (104: Connection reset by peer) while reading response header from upstream'
ACCESS = ('{"pid":7,"connection":%d,"status":%d,"upstream_status":"%s","uri":"%s","body_bytes_sent":%d,'
          '"sent_http_content_length":""}\n')
START = 1795330800
UPSTREAM = 'upstream: "fastcgi://unix:/run/php/fpm.sock:", '


def record(number, when, pid, connection, path):
    frames = [{'function': 'render', 'class': 'Shop\\View', 'type': '->',
               'file': '/srv/shop/src/View.php', 'line': n + 1} for n in range(12)]
    native = [{'ip': hex(0x7f10a2b3c000 + n), 'module': '/usr/sbin/php-fpm8.2',
               'build_id': '93ac61ec' * 5, 'offset': hex(0xd3000 + n)}
              for n in range(16)]
    stamp = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(when)) + '.500000Z'
    return {
        '@timestamp': stamp, 'message': 'www[%d] a death' % number, 'log': {'level': 'critical'},
        'event': {'dataset': 'fpmsentinel', 'id': '%032x' % number, 'action': 'worker-death',
                  'code': CAUSES[number % len(CAUSES)]},
        'process': {'pid': 1000 + number % 30000}, 'http': {'request': {'method': 'GET'}},
        'url': {'domain': 'shop.example', 'path': path}, 'client': {'ip': '203.0.113.%d' % (number % 250)},
        'fpmsentinel': {
            'schema': 1, 'version': '0.1.0',
            'cause': CAUSES[number % len(CAUSES)], 'worker_died': True, 'confidence': 'certain',
            'evidence': ['the kernel raised the signal'], 'written_by': 'coroner', 'incomplete': [],
            'nginx': {'pid': pid, 'connection': connection, 'connection_requests': 1},
            'request': {'started': stamp, 'elapsed_ms': 12.5},
            'memory': {'used': 2097152, 'peak': 2097152, 'rss': 19398656},
            'php': {'version': '8.2.36', 'stack_age_ms': 0, 'stack': frames},
            'native': {'arch': 'x86_64', 'stack': native},
        },
    }


def access_log(name, size, failures):
    """One request in a hundred has failed, until there are no more."""
    number, written = 0, 0
    with open(name, 'w') as log:
        while written < size:
            lines = [ACCESS % (number * LINES + line, 200, '200', '/images/%d.png' % line, 5120)
                     for line in range(LINES)]
            if number < failures:
                lines[LINES // 2] = ACCESS % (number * LINES + LINES // 2, 502, '502',
                    '/page/%d?id=%d' % (number % 1000, number), 157)
            text = ''.join(lines)
            written += len(text)
            log.write(text)
            number += 1


def main():
    directory, size, records, access = sys.argv[1], int(sys.argv[2]) << 20, int(sys.argv[3]), int(sys.argv[4]) << 20
    os.makedirs(directory, exist_ok=True)
    number, written = 0, 0
    with open(directory + '/error.log', 'w') as log, open(directory + '/records.jsonl', 'w') as told:
        while written < size or number < records:
            when = START + number // 10
            stamp = time.strftime('%Y/%m/%d %H:%M:%S ', time.gmtime(when))
            connection = number * LINES + LINES // 2
            path = '/page/%d' % (number % 1000)
            if number < records:
                json.dump(record(number, when, 7, connection, path), told, separators=(',', ':'))
                told.write('\n')
            if written < size:
                others = range(number * LINES, number * LINES + LINES)
                chunk = [stamp + OTHER % (7, 7, other, other % LINES) + TAIL % (other % LINES, other % LINES, other, '')
                         for other in others]
                chunk[LINES // 2] = (stamp + FAILURE % (7, 7, connection)
                                     + TAIL % (number % 250, number % 1000, number, UPSTREAM))
                text = ''.join(chunk)
                written += len(text)
                log.write(text)
            number += 1
    access_log(directory + '/access.log', access, number)


main()

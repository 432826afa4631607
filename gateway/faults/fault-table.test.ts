import { expect, test } from 'vitest'
import { FAULT_NAMES } from './fault-table.ts'
import type { FaultName } from './fault-table.ts'

/** Every trouble of the design's list (console §6), and the faults that make it. */
const CATALOGUE: Readonly<Record<string, readonly FaultName[]>> = {
  'refuse connect': ['refuse-connect'],
  'accept then hang': ['hang'],
  'cut after n bytes': ['cut-line', 'cut-transfer'],
  'slow to n kB/s': ['slow-line'],
  'disk full on write': ['disk-full'],
  'read-only disk': ['disk-read-only'],
  'certificate expired, not yet valid, revoked, wrong chain': ['certificate-refused'],
  'delayed take-in-charge': ['taken-late', 'slow-answer'],
  'report delayed': ['report-late'],
  'report never': ['report-never'],
  'report duplicated': ['report-duplicate'],
  'report out of order': ['report-out-of-order'],
  'report with wrong reference': ['report-wrong-reference'],
  'connection deactivated now': ['connection-off'],
  'PeSIT: refuse CONNECT with a chosen diagnostic': ['pesit-refuse-connect'],
  'PeSIT: ABORT at a chosen phase': ['pesit-abort'],
  'PeSIT: no acknowledgement of a sync point': ['pesit-no-sync-answer'],
  'PeSIT: ask restart from point k': ['pesit-restart-point', 'pesit-resync', 'pesit-unknown-point'],
  'PeSIT: wrong checksum': ['pesit-wrong-checksum'],
  'PeSIT: unknown file': ['pesit-unknown-file'],
  'PeSIT: message too long': ['pesit-too-long'],
  'SFTP: auth failure': ['sftp-auth-failure'],
  'SFTP: host key changed': ['sftp-host-key'],
  'SFTP: permission denied': ['sftp-permission-denied'],
  'SFTP: quota': ['sftp-quota'],
  'SFTP: SSH_FX_FAILURE on close': ['sftp-close-failure'],
  'SFTP: rename refused': ['sftp-rename-refused'],
  'SFTP: disconnect in transfer': ['cut-transfer', 'no-answer'],
  'SFTP: algorithms too old': ['sftp-old-algorithms'],
  'AS2: negative MDN, each disposition': ['mdn-negative'],
  'AS2: MDN unsigned, bad signature, wrong MIC, wrong id': [
    'mdn-unsigned',
    'mdn-bad-signature',
    'mdn-wrong-mic',
    'mdn-wrong-id',
  ],
  'AS2: asynchronous MDN late or lost': ['mdn-late', 'mdn-lost'],
  'AS2: HTTP 500, 503': ['http-error'],
  'AS2: 200 with no MDN': ['mdn-none'],
  'AS2: duplicate MDN': ['mdn-duplicate'],
  'processing: chosen error on invoice k': ['invoice-error'],
  'processing: incident': ['incident'],
  'processing: blocked waiting for resume': ['blocked'],
  'processing: stage crash with retry': ['stage-crash'],
  'processing: same flow seen twice': ['seen-twice'],
}
/** Beyond that list. */
const ADDED: readonly FaultName[] = [
  'journal-away',
  'pesit-refuse-end',
  'report-unknown-status',
  'life-cycle-unknown-status',
]

test('every trouble of the design has its fault, and each fault its place there', () => {
  const named = new Set([...Object.values(CATALOGUE).flat(), ...ADDED])
  expect([...named].toSorted()).toEqual(FAULT_NAMES.toSorted())
})

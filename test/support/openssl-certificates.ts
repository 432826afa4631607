import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCertificate } from '../../certs/certificate.ts'
import type { TrustAnchor } from '../../certs/trust/trust-anchor.ts'
import { run } from './programs.ts'

/**
 * Keys, certificates, bundles and revocation lists made by the OpenSSL command line: nothing of
 * ours takes part. Everything is made once per folder and found again by what was asked for.
 */

/** Arguments of `openssl genpkey`. */
const KEY_KINDS = {
  rsa1024: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  rsa2048: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  rsa3072: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072'],
  pss2048: ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
  p224: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp224r1'],
  p256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  p521: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  secp256k1: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  brainpool: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1'],
  explicit: [
    '-algorithm',
    'EC',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-pkeyopt',
    'ec_param_enc:explicit',
  ],
  ed25519: ['-algorithm', 'ED25519'],
  ed448: ['-algorithm', 'ED448'],
} as const

export type OpenSslKeyKind = keyof typeof KEY_KINDS

export interface OpenSslOrder {
  /** A kind, and a name when several keys of it are wanted: `rsa2048`, `rsa2048 other`. */
  readonly key: OpenSslKeyKind | `${OpenSslKeyKind} ${string}`
  readonly subject: string
  /** Who signs; itself when absent. */
  readonly issuer?: OpenSslOrder
  readonly days?: number
  /** `sha256`… ; `pss` = RSASSA-PSS with SHA-256. */
  readonly digest?: string
  /** Lines of an extension section of openssl.cnf; none = version 1. */
  readonly extensions?: readonly string[]
}

export class OpenSslCertificates {
  readonly #folder = mkdtempSync(join(tmpdir(), 'raccord-test-openssl-'))
  readonly #made = new Map<string, string>()

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 })
  }

  /** Runs openssl in the folder. @throws with what it said when it fails */
  openssl(...args: readonly string[]): void {
    const result = run('openssl', args)
    if (result.code !== 0) throw new Error(`openssl ${args.join(' ')}: ${result.stderr}`)
  }

  /** A file of the folder. */
  path(name: string): string {
    return join(this.#folder, name)
  }

  read(path: string): Buffer {
    return readFileSync(path)
  }

  /** Path of a private key, PKCS#8 PEM. */
  key(name: OpenSslOrder['key']): string {
    return this.#once(`key ${name}`, 'key', (path) => {
      const kind = name.split(' ')[0] as OpenSslKeyKind
      this.openssl('genpkey', ...KEY_KINDS[kind], '-out', path)
    })
  }

  /** Path of a certificate, PEM. */
  certificate(order: OpenSslOrder): string {
    return this.#once(JSON.stringify(order), 'pem', (path) => {
      const { subject, issuer, days = 3_650, digest = 'sha256', extensions = [] } = order
      const signer = this.key((issuer ?? order).key)
      const args = ['x509', '-new', '-utf8', '-subj', subject, '-days', String(days), '-out', path]
      if (issuer === undefined) args.push('-signkey', signer)
      else {
        const publicKey = this.#once(`public ${order.key}`, 'pub', (out) =>
          this.openssl('pkey', '-in', this.key(order.key), '-pubout', '-out', out),
        )
        args.push('-force_pubkey', publicKey, '-CA', this.certificate(issuer), '-CAkey', signer)
      }
      const signerKind = (issuer ?? order).key
      if (digest === 'pss') args.push('-sha256', '-sigopt', 'rsa_padding_mode:pss')
      else if (!signerKind.startsWith('ed')) args.push(`-${digest}`)
      if (extensions.length > 0) {
        writeFileSync(`${path}.cnf`, `[own]\n${extensions.join('\n')}\n`)
        args.push('-extfile', `${path}.cnf`, '-extensions', 'own')
      }
      this.openssl(...args)
    })
  }

  /** PKCS#7 of these certificates, in this order. */
  pkcs7(orders: readonly OpenSslOrder[], form: 'DER' | 'PEM' = 'DER'): Buffer {
    const files = orders.flatMap((order) => ['-certfile', this.certificate(order)])
    return this.#output('crl2pkcs7', '-nocrl', ...files, '-outform', form)
  }

  /** PEM certificates one behind the other. */
  chain(orders: readonly OpenSslOrder[]): Buffer {
    return Buffer.concat(orders.map((order) => this.read(this.certificate(order))))
  }

  der(order: OpenSslOrder): Buffer {
    const path = this.certificate(order)
    const der = this.#once(`der ${path}`, 'der', (out) =>
      this.openssl('x509', '-in', path, '-outform', 'DER', '-out', out),
    )
    return this.read(der)
  }

  write(path: string, text: string): void {
    writeFileSync(path, text)
  }

  /** These as trusted authorities. */
  anchors(...orders: readonly OpenSslOrder[]): TrustAnchor[] {
    return orders.map((order) => ({
      certificate: readCertificate(this.der(order)),
      origin: 'folder',
    }))
  }

  /** What an openssl command writes with `-out`. */
  output(...args: readonly string[]): Buffer {
    return this.#output(...args)
  }

  /** A revocation list of `issuer`, for `days`, PEM. */
  revocationList(
    issuer: OpenSslOrder,
    revoked: readonly OpenSslOrder[],
    days: number,
    extensions: readonly string[] = [],
  ): Buffer {
    const base = this.path(`list-${this.#made.size}`)
    this.#made.set(base, base)
    const serials = revoked.map((order) => {
      const shown = run('openssl', ['x509', '-in', this.certificate(order), '-noout', '-serial'])
      return shown.stdout.trim().replace('serial=', '')
    })
    const rows = serials.map(
      (serial) => `R\t351231000000Z\t260101000000Z\t${serial}\tunknown\t/CN=x`,
    )
    writeFileSync(`${base}.txt`, rows.map((row) => `${row}\n`).join(''))
    const lines = ['[ca]', 'default_ca=own', '[own]', `database=${base}.txt`, 'default_md=sha256']
    if (extensions.length > 0) lines.push('crl_extensions=list', '[list]', ...extensions)
    writeFileSync(`${base}.cnf`, `${lines.join('\n')}\n`)
    return this.#output(
      'ca',
      '-gencrl',
      '-config',
      `${base}.cnf`,
      '-crldays',
      String(days),
      '-keyfile',
      this.key(issuer.key),
      '-cert',
      this.certificate(issuer),
    )
  }

  #output(...args: readonly string[]): Buffer {
    const path = this.path('output')
    this.openssl(...args, '-out', path)
    return this.read(path)
  }

  #once(what: string, extension: string, make: (path: string) => void): string {
    const known = this.#made.get(what)
    if (known !== undefined) return known
    const path = this.path(`${this.#made.size}.${extension}`)
    this.#made.set(what, path)
    make(path)
    return path
  }
}

import { hostAndPort, type KitFile, type KitProduct } from '../kit-product.ts'
import type { KitFacts } from '../kit-facts.ts'
import { as2Names } from './as2-names.ts'
import { pesitNames } from './pesit-names.ts'

interface Credential {
  readonly name: string
  readonly type: string
  readonly value: string
}

/** Waarp Gateway: the JSON of `waarp-gatewayd import` (its backup file). */
export const WAARP_GATEWAY: KitProduct = {
  id: 'waarp-gateway',
  name: 'Waarp Gateway',
  protocols: ['sftp', 'as2', 'pesit'],
  basis: 'documentation',
  use: {
    en: 'waarp-gatewayd import -c gatewayd.ini -s waarp-gateway/import.json -t clients,partners,rules, then add your private key as a credential of the account: it is not in this file.',
    fr: 'waarp-gatewayd import -c gatewayd.ini -s waarp-gateway/import.json -t clients,partners,rules, puis ajoutez votre clé privée comme identifiant du compte : elle n’est pas dans ce fichier.',
  },
  files: (facts) => [importFile(facts)],
}

function importFile(facts: KitFacts): KitFile {
  const { address, applicationCode, settings } = facts
  const name = `raccord-${applicationCode}`
  const side = SIDES[facts.protocol](facts)
  const document = {
    clients: [
      { name: `${name}-client`, protocol: side.protocol, disabled: false, protoConfig: {} },
    ],
    remotes: [
      {
        name,
        address: hostAndPort(address),
        protocol: side.protocol,
        configuration: side.configuration,
        accounts: [{ login: side.login, credentials: [] }],
        credentials: side.credentials,
      },
    ],
    rules: [
      rule(`${name}-depot`, true, side.hasFolders ? `/${settings.depositFolder}` : ''),
      rule(`${name}-retrait`, false, side.hasFolders ? `/${settings.retrievalFolder}` : ''),
    ],
  }
  return { path: 'waarp-gateway/import.json', text: `${JSON.stringify(document, null, 2)}\n` }
}

function rule(name: string, isSend: boolean, remoteDir: string): unknown {
  return { name, isSend, path: name, ...(remoteDir === '' ? {} : { remoteDir }) }
}

interface Side {
  readonly protocol: string
  readonly login: string
  readonly hasFolders: boolean
  readonly configuration: Readonly<Record<string, unknown>>
  readonly credentials: readonly Credential[]
}

const SIDES: Readonly<Record<KitFacts['protocol'], (facts: KitFacts) => Side>> = {
  sftp: ({ applicationCode, gateway }) => ({
    protocol: 'sftp',
    login: applicationCode,
    hasFolders: true,
    configuration: {},
    credentials: gateway.sftp.hostKeys.map(({ kind, publicKey }) => ({
      name: kind,
      type: 'ssh_public_key',
      value: publicKey,
    })),
  }),
  as2: (facts) => ({
    protocol: 'as2',
    login: as2Names(facts).own,
    hasFolders: false,
    configuration: {},
    credentials: trusted('as2', facts.gateway.as2.certificates),
  }),
  pesit: (facts) => ({
    protocol: 'pesit-tls',
    login: pesitNames(facts).own,
    hasFolders: false,
    configuration: { login: pesitNames(facts).gateway, minTLSVersion: 'v1.2' },
    credentials: trusted('pesit', facts.gateway.pesit.server),
  }),
}

function trusted(
  name: string,
  certificates: readonly { readonly pem: string; readonly chainPem: readonly string[] }[],
): readonly Credential[] {
  return certificates.map(({ pem, chainPem }, index) => ({
    name: `${name}-${index + 1}`,
    type: 'trusted_tls_certificate',
    value: [pem, ...chainPem].join(''),
  }))
}

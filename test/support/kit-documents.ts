import type { ConnectionDocument } from '../../gateway/connections/connection-forms.ts'
import type { ConnectionForm } from '../../gateway/connections/form.ts'
import type { ProtocolName } from '../../gateway/flow.ts'
import type { GatewayDocument } from '../../gateway/gateway-document.ts'

/** An activated connection as the API gives it. */
export function connectionDocument(
  protocol: ProtocolName,
  form: ConnectionForm,
  changes: Partial<ConnectionDocument> = {},
): ConnectionDocument {
  return {
    id: 'cnx_00000000000000000000000001',
    applicationCode: 'ACM001',
    structure: { siret: '00000000005719', name: 'Acme' },
    name: 'Acme & "Sons" <EDI>',
    protocol,
    environment: 'qualification',
    state: 'ACTIVATED',
    stateLabel: { en: 'Activated', fr: 'Activé' },
    blocked: null,
    moves: [],
    form,
    running: form,
    certificates: [],
    settings: {},
    dueAt: null,
    motive: null,
    notices: [],
    revision: 1,
    createdAt: '2026-11-22T08:00:00.000Z',
    updatedAt: '2026-11-22T08:00:00.000Z',
    ...changes,
  }
}

/** What a gateway publishes that listens for SFTP only. */
export function gatewayDocument(): GatewayDocument {
  const certificate = (kind: GatewayDocument['as2']['certificates'][number]['kind']) => ({
    kind,
    state: 'in-use' as const,
    stateLabel: { en: 'in use', fr: 'utilisée' },
    usedFrom: '2026-11-22T08:00:00.000Z',
    notBefore: '2026-11-21T08:00:00.000Z',
    notAfter: '2027-11-21T08:00:00.000Z',
    subject: 'CN=gateway',
    serial: '01',
    sha256: '0'.repeat(64),
    pem: `-----BEGIN CERTIFICATE-----\n${kind}\n-----END CERTIFICATE-----\n`,
    chainPem: [],
  })
  return {
    name: 'Raccord',
    version: '0',
    environment: 'qualification',
    simulated: true,
    notice: { en: 'A simulator.', fr: 'Un simulateur.' },
    time: '2026-11-22T08:00:00.000Z',
    sftp: {
      address: { host: 'edi.example', port: 2222 },
      hostKeys: [
        {
          kind: 'ssh-host-ed25519',
          algorithm: 'ssh-ed25519',
          publicKey: 'ssh-ed25519 AAAA',
          fingerprint: 'SHA256:abcd',
          knownHosts: '[edi.example]:2222 ssh-ed25519 AAAA',
          state: 'in-use',
          stateLabel: { en: 'in use', fr: 'utilisée' },
          usedFrom: '2026-11-22T08:00:00.000Z',
        },
      ],
    },
    as2: { address: null, urls: [], identifier: 'CPP001', certificates: [certificate('as2')] },
    pesit: {
      address: null,
      identifier: 'CPP001',
      server: [certificate('pesit-server')],
      client: [certificate('pesit-client')],
    },
    api: { url: 'http://edi.example:8080', certificates: [] },
    authority: { rootPem: 'ROOT\n', intermediatePem: 'INTERMEDIATE\n' },
  }
}

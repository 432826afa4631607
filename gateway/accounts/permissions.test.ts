import { describe, expect, test } from 'vitest'
import {
  GATEWAY_ACTOR,
  machineActor,
  type Actor,
  type GlobalRole,
  type StructureRights,
} from './actor.ts'
import {
  can,
  PERMISSIONS,
  requirePermission,
  visibleSirets,
  type Permission,
} from './permissions.ts'

const OWN = '00000000005719'
const FOREIGN = '00000000005734'
const NO_RIGHTS: StructureRights = {
  isManager: false,
  isAreaOpen: true,
  mayShow: false,
  mayModify: false,
  mayTest: false,
}

function person(changes: Partial<Actor>): Actor {
  return {
    kind: 'user',
    id: 'usr_1',
    name: 'Somebody',
    peer: '192.0.2.1',
    globalRoles: new Set(),
    structures: new Map(),
    ...changes,
  }
}
const withRights = (rights: Partial<StructureRights>): Actor =>
  person({ structures: new Map([[OWN, { ...NO_RIGHTS, ...rights }]]) })
const withRole = (role: GlobalRole): Actor => person({ globalRoles: new Set([role]) })

/** One letter each; who has one right has it in OWN only. */
const ACTORS: Readonly<Record<string, Actor>> = {
  n: person({ id: '' }), // nobody has signed in
  s: person({}), // signed in, and nothing else
  b: withRights({}), // belongs to the structure
  c: withRights({ isManager: true, isAreaOpen: false }), // manager, area closed
  m: withRights({ isManager: true }),
  r: withRights({ mayShow: true }),
  w: withRights({ mayModify: true }),
  t: withRights({ mayTest: true }),
  O: withRole('operator'),
  U: withRole('auditor'),
  A: withRole('administrator'),
  X: machineActor('127.0.0.1'),
  G: GATEWAY_ACTOR,
}

const SIGNED_IN = 'sbcmrwtOUAXG'
const READ = 'mrwtOUAXG'
const WRITE = 'mwOAXG'
/** What the issue and the design say, written down a second time: letters of who may in OWN. */
const ALLOWED: Readonly<Record<Permission, string>> = {
  'session.start': `n${SIGNED_IN}`,
  'session.show': SIGNED_IN,
  'session.end': SIGNED_IN,
  'user.self': SIGNED_IN,
  'user.password': SIGNED_IN,
  'user.list': 'AXG',
  'user.show': 'AXG',
  'user.write': 'AXG',
  'user.reset-password': 'AXG',
  'token.own': SIGNED_IN,
  'token.list-all': 'AXG',
  'alert.show': 'OUAXG',
  'alert.write': 'OAXG',
  'connection.block': 'OAXG',
  'exchange.show': READ,
  'exchange.cut': 'OAXG',
  'fault.list': 'OUAXG',
  'fault.write': 'OAXG',
  'retention.show': 'OUAXG',
  'retention.run': 'OAXG',
  'clock.show': SIGNED_IN,
  'clock.write': 'OAXG',
  'uniqueness.reset': 'OAXG',
  'structure.list': 'bcmrwtOUAXG',
  'structure.show': 'bcmrwtOUAXG',
  'structure.write': 'AXG',
  'dataset.generate': 'OAXG',
  'directory.show': SIGNED_IN,
  'directory.write': 'OAXG',
  'attachment.list': 'cmOUAXG',
  'attachment.request': SIGNED_IN,
  'attachment.decide': 'cmAXG',
  'area.open': 'cmAXG',
  'area.why': SIGNED_IN,
  'subscription.list': 'cmOUAXG',
  'subscription.request': 'bcmrwtG',
  'subscription.decide': 'cmAXG',
  'audit.read': 'cmOUAXG',
  'connection.show': READ,
  'connection.write': WRITE,
  'connection.process': 'OAXG',
  'connection.deactivate': WRITE,
  'connection.probe': 'mwtOAXG',
  'connection.kit': READ,
  'connection.export': READ,
  'connection.import': WRITE,
  'flow.show': READ,
  'flow.export': READ,
  'flow.replay': 'mwtOAXG',
  'invoice.show': READ,
  'return.show': READ,
  'invoice.move': 'mwtOAXG',
  'return.move': 'mwtOAXG',
  'refusal.show': READ,
  'scenario.list': SIGNED_IN,
  'run.show': READ,
  'run.write': 'mtOAXG',
  'gateway.show': SIGNED_IN,
  'identity.list': 'OUAXG',
  'identity.rotate': 'OAXG',
  'queue.show': 'OAXG',
  'metrics.show': 'OUAXG',
  'certificate.check': SIGNED_IN,
  'certificate.make-test': SIGNED_IN,
  'event.follow': SIGNED_IN,
  'interface-code.list': SIGNED_IN,
}
/** Who may everywhere, and so for what belongs to no structure. */
const EVERYWHERE = new Set('OUAXG')

const permissions = Object.keys(PERMISSIONS) as Permission[]

describe('the permission table', () => {
  test('has a row for each line of this test, and the other way round', () => {
    expect(permissions.toSorted()).toEqual(Object.keys(ALLOWED).toSorted())
  })

  for (const permission of permissions) {
    const isOfStructure = PERMISSIONS[permission].scope === 'structure'
    const allowed = (letter: string): boolean => ALLOWED[permission].includes(letter)
    const elsewhere = (letter: string): boolean =>
      allowed(letter) && (!isOfStructure || EVERYWHERE.has(letter))

    test(`${permission} is allowed to ${ALLOWED[permission]} only, and where it says`, () => {
      for (const [letter, actor] of Object.entries(ACTORS)) {
        const answers = [OWN, undefined, FOREIGN, null].map((siret) =>
          can(actor, permission, siret),
        )
        const [own, other] = [allowed(letter), elsewhere(letter)]
        expect(answers, `actor ${letter}`).toEqual([own, own, other, other])
        const seen = other ? 'all' : own ? [OWN] : []
        expect(visibleSirets(actor, permission), `actor ${letter}`).toEqual(seen)
      }
    })
  }
})

describe('a token', () => {
  const token = (scopes?: readonly string[]): Actor =>
    person({
      kind: 'token',
      globalRoles: new Set(['administrator']),
      ...(scopes === undefined ? {} : { scopes: new Set(scopes) }),
    })

  test('has what its owner has, except what makes other credentials', () => {
    const refused = permissions.filter((permission) => !can(token(), permission))
    expect(refused.toSorted()).toEqual(['subscription.request', 'token.own', 'user.password'])
  })

  test('with scopes is limited to them', () => {
    const scoped = token(['flow.show', 'connection.show'])
    expect(permissions.filter((permission) => can(scoped, permission)).toSorted()).toEqual([
      'connection.show',
      'flow.show',
      'session.start',
    ])
    expect(visibleSirets(scoped, 'flow.show')).toBe('all')
    expect(visibleSirets(scoped, 'audit.read')).toEqual([])
  })

  test('is given nothing by a scope that its owner has no right to', () => {
    const scoped = person({ kind: 'token', scopes: new Set(['user.write']) })
    expect(can(scoped, 'user.write')).toBe(false)
  })
})

test('a refusal names the permission and the structure', () => {
  expect(() => requirePermission(person({}), 'area.open', OWN)).toThrow(
    expect.objectContaining({
      code: 'PERMISSION_DENIED',
      message: `area.open is not allowed for the structure ${OWN}.`,
    }),
  )
})

import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runRaccord, startRaccord, type RaccordRun } from '../support/raccord-command.ts'

let folder: string
let serve: ReturnType<typeof startRaccord>
let secret: string

/** A gateway without samples, as an operator starts it the first time. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-people-'))
  const args = ['serve', '--data', join(folder, '.raccord'), '--sftp-port', '0', '--api-port', '0']
  serve = startRaccord([...args, '--log-level', 'error'], { cwd: folder })
  let said = ''
  serve.stderr?.on('data', (text: string) => {
    said += text
  })
  // The word behind it whole, however it comes.
  while (!/--setup \S+\s/.test(said)) {
    await Promise.race([once(serve.stderr!, 'data'), serve.ended])
    if (serve.exitCode !== null) throw new Error(said)
  }
  secret = /--setup (\S+)/.exec(said)?.[1] ?? ''
  await writeFile(join(folder, 'password'), 'a long enough passphrase\n')
})

afterAll(async () => {
  serve.kill('SIGKILL')
  await serve.ended
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})

const raccord = (line: string, environment: Record<string, string> = {}): Promise<RaccordRun> =>
  runRaccord(line.split(' '), { cwd: folder, environment })

async function json<Document>(
  line: string,
  environment: Record<string, string> = {},
): Promise<Document> {
  const end = await raccord(`${line} --json`, environment)
  if (end.exitCode !== 0) throw new Error(`${line}: ${end.stderr}`)
  return JSON.parse(end.stdout) as Document
}

const NAMES = '--first-name Ada --name Admin --email ada@gateway.example'

describe('people, from the command line', () => {
  test('the first administrator is made by the secret that serve said, once', async () => {
    const line = `users create --setup ${secret} --login ada ${NAMES} --password-file password`
    const made = await raccord(line)
    expect(made.exitCode, made.stderr).toBe(0)
    expect(made.stdout).toContain('administrator')
    const again = await raccord(line)
    expect(again.exitCode).not.toBe(0)
    expect(again.stderr).toContain('→')
  })

  test('a person signs in to make a token; it works until it is revoked', async () => {
    const { token, secret: bearer } = await json<{ token: { id: string }; secret: string }>(
      'tokens create script --login ada --password-file password',
    )
    const mine = { RACCORD_TOKEN: bearer }
    const { items } = await json<{ items: { login: string }[] }>('users list', mine)
    expect(items.map(({ login }) => login)).toContain('ada')
    // A token makes no other one, and revokes none.
    const [other, french] = await Promise.all([
      raccord('tokens create other', mine),
      raccord('--lang fr tokens list --all'),
    ])
    expect(other.exitCode).toBe(4)
    expect(french.stdout).toMatch(/nom +permet +jusqu’au +dernier usage +révoqué/)
    expect((await raccord(`tokens revoke ${token.id}`)).exitCode).toBe(0)
    expect((await raccord('users list', mine)).exitCode).toBe(4)
  })

  test('a user is made with a temporary password, changes it, is blocked and gets another one', async () => {
    const made = await json<{ user: { id: string }; temporaryPassword: string }>(
      'users create --login bob --first-name Bob --name Op --email bob@gateway.example --role operator',
    )
    await writeFile(join(folder, 'temporary'), made.temporaryPassword)
    await writeFile(join(folder, 'new'), 'another long passphrase')
    const files = '--password-file temporary --new-password-file new'
    const changed = await raccord(`users change-password --login bob ${files}`)
    expect(changed.exitCode, changed.stderr).toBe(0)
    const signIn = 'tokens create t --login bob --password-file new'
    expect((await raccord(signIn)).exitCode).toBe(0)
    expect((await raccord('users block bob')).stdout).toContain('blocked')
    expect((await raccord(signIn)).exitCode).toBe(4)
    expect((await raccord('users unblock bob')).exitCode).toBe(0)
    const [reset, nobody] = await Promise.all([
      raccord('users reset-password bob'),
      raccord('users block nobody'),
    ])
    expect(reset.stdout).toMatch(/bob {2}\S+/)
    expect(reset.stderr).toContain('Tokens revoked: t')
    expect(nobody.exitCode).toBe(1)
  })

  test('structures are generated, listed, their areas explained, and a manager uses his rights', async () => {
    const set = await json<{
      structures: { siret: string; manager: { id: string; login: string; password: string } }[]
    }>('structures generate --seed cli --count 3')
    const { siret, manager } = set.structures[0]!
    expect((await raccord('structures list')).stdout).toContain(siret)
    const { secret: bearer } = await json<{ secret: string }>(
      `tokens create manager --user ${manager.login}`,
    )
    const his = { RACCORD_TOKEN: bearer }
    const bob = await json<{ items: { id: string; login: string }[] }>('users list --text bob')
    const [why, listed, granted, nonsense, denied] = await Promise.all(
      [
        `structures why ${siret}`,
        'subscriptions list',
        `subscriptions grant ${siret} ${bob.items[0]?.id} --modify`,
        'subscriptions accept nonsense',
        'users list',
      ].map((line) => raccord(line, his)),
    )
    expect(why?.stdout).toMatch(/[✓✗]/)
    expect(listed?.exitCode).toBe(0)
    expect(granted?.exitCode, granted?.stdout).toBe(1)
    expect(granted?.stderr).toContain('→')
    expect(nonsense?.exitCode).toBe(2)
    expect(denied?.exitCode).toBe(4)
  })

  test('the audit tells who did it', async () => {
    const audit = await raccord('audit --limit 500')
    expect(audit.stdout).toContain('user.')
    const { items } = await json<{ items: { action: string }[] }>(
      'audit --since 2020-01-01T00:00:00Z',
    )
    expect(items.length).toBeGreaterThan(3)
  })

  test('events are followed from where one was, one JSON document a line', async () => {
    await json('certs make --for sftp --cn events --out events')
    await json('connection create --cert events/client.p7b')
    const followed = await raccord(
      'events follow --topics connections --after 0-0 --count 1 --json',
    )
    expect(followed.exitCode, followed.stderr).toBe(0)
    expect(JSON.parse(followed.stdout)).toMatchObject({ event: 'connection' })
  })
})

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import type { ConnectionForm } from '../connections/form.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** `--file`: a connection to make, or what to change of one. Paths are relative to the file. */
const fileSchema = z.strictObject({
  structure: z.string().exactOptional(),
  protocol: z.string().exactOptional(),
  applicationCode: z.string().exactOptional(),
  /** Certificate files; PeSIT has both. */
  cert: z.string().exactOptional(),
  serverCert: z.string().exactOptional(),
  /** As the API takes it: GET /api/v1/openapi.json, ConnectionForm. The gateway checks it. */
  form: z.looseObject({}).default({}),
})

export type FormFile = Omit<z.output<typeof fileSchema>, 'form'> & { readonly form: ConnectionForm }

/** @throws CommandFailure usage, with every fault */
export async function readFormFile(path: string): Promise<FormFile> {
  const parsed = fileSchema.safeParse(await readYaml(path))
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      (issue) => `  ✗ ${issue.path.join('.') || path}: ${issue.message}`,
    )
    throw new CommandFailure(
      EXIT.usage,
      [`${path} is not understood.`, ...faults].join('\n'),
      'It holds structure, protocol, cert, and form; what was exported goes in with: raccord connection import FILE',
    )
  }
  const { cert, serverCert, form, ...rest } = parsed.data
  const beside = (file: string): string => resolve(dirname(path), file)
  return {
    ...rest,
    ...(cert === undefined ? {} : { cert: beside(cert) }),
    ...(serverCert === undefined ? {} : { serverCert: beside(serverCert) }),
    form,
  }
}

async function readYaml(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandFailure(EXIT.usage, `There is no readable file ${path}.`)
  })
  try {
    return parseYaml(text) as unknown
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${path} is no YAML: ${String(error)}`)
  }
}

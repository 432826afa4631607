import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { GENERATED_FILES } from './generated-files.ts'

test.each(GENERATED_FILES.map((file) => ({ ...file, name: basename(file.path) })))(
  '$name says what the tables say (npm run generate)',
  ({ path, text }) => {
    expect(readFileSync(path, 'utf8')).toBe(text())
  },
)

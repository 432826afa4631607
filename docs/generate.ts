import { writeFileSync } from 'node:fs'
import { GENERATED_FILES } from './generated-files.ts'

// `npm run generate`: reference pages and the example settings, out of the program's own tables.
for (const file of GENERATED_FILES) writeFileSync(file.path, file.text())

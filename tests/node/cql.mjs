// Translate CQL libraries and run them on FHIR charts, with the translator and the engine of other projects.
//
// Reads lines of JSON on stdin and answers each with a line on stdout:
//   {"libraries": {"Name": "library Name ..."}, "shared": "Name"}   translate; answers {"definitions": {"Name": [...]}}
//   {"bundle": {...}, "parameters": {"ReviewDate": "2025-06-30", ...}, "plain": true}
//                                                                   run; answers {"Name": "10?..."}, one sign a definition
//   {"file": "charts.ndjson", "plain": true}                        run every line of a file; answers {"seconds": 1.5, ...}
// A definition is true (1), false (0) or null (?). The library "shared" is worked out once for a chart and not again for
// each library that includes it ("plain": it is, as the engine does by itself).
import { CqlCompilerOptions, CqlTranslator, LibraryManager, ModelManager, createLibrarySourceProvider, createModelInfoProvider, createUcumService, stringAsSource } from '@cqframework/cql/cql-to-elm';
import cql from 'cql-execution';
import cqlFhir from 'cql-exec-fhir';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const models = {
  FHIR: require.resolve('cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml'),
  System: new URL('system-modelinfo.xml', import.meta.url),
};

// What the translator writes about itself goes to where messages go.
const answerWith = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

const modelManager = new ModelManager();
modelManager.modelInfoLoader.registerModelInfoProvider(createModelInfoProvider((name) => (models[name] ? stringAsSource(readFileSync(models[name], 'utf8')) : null)));

function translate(libraries) {
  // No quantity is converted: the only units are those of the calendar.
  const none = () => { throw new Error('units are not converted'); };
  const libraryManager = new LibraryManager(modelManager, new CqlCompilerOptions(), undefined, createUcumService(none, () => null, none, none));
  libraryManager.librarySourceLoader.registerProvider(createLibrarySourceProvider((name) => (libraries[name] ? stringAsSource(libraries[name]) : null)));
  return Object.entries(libraries).map(([name, text]) => {
    const translator = CqlTranslator.fromText(text, libraryManager);
    const errors = translator.errors?.asJsReadonlyArrayView() ?? [];
    if (errors.length) {
      throw new Error(`${name}: ${errors.map((one) => one.message).join('; ')}`);
    }
    return JSON.parse(translator.toJson(), (key, value) => (NOTES.has(key) ? undefined : value));
  });
}

// What the translator adds for those who debug; with it the engine keeps the result of every part.
const NOTES = new Set(['localId', 'locator', 'annotation', 'resultTypeName', 'resultTypeSpecifier']);

let libraries = {};
let shared;
const codes = new cql.CodeService({});
const source = cqlFhir.PatientSource.FHIRv401();

function prepare(request) {
  const elm = translate(request.libraries);
  const repository = new cql.Repository(elm);
  libraries = Object.fromEntries(elm.map((one) => [one.library.identifier.id, new cql.Library(one, repository)]));
  shared = request.shared;
  const definitions = Object.entries(libraries).filter(([name]) => name !== shared).map(([name, one]) => [name, defined(one)]);
  return { definitions: Object.fromEntries(definitions) };
}

function defined(library) {
  return Object.keys(library.expressions).filter((name) => library.expressions[name].context === 'Patient' && name !== 'Patient');
}

async function run({ bundle, parameters, plain }) {
  source.reset();
  source.loadBundles([bundle]);
  const patient = source.currentPatient();
  const given = { ...parameters, ReviewDate: cql.Date.parse(parameters.ReviewDate) };
  const now = cql.DateTime.parse(`${parameters.ReviewDate}T00:00:00Z`);
  const context = (library) => new cql.PatientContext(library, patient, codes, given, now);
  const once = context(libraries[shared]);
  const found = {};
  for (const [name, library] of Object.entries(libraries)) {
    if (name === shared) {
      continue;
    }
    const own = context(library);
    if (!plain) {
      own.library_context.Findings = once;
    }
    let signs = '';
    for (const definition of defined(library)) {
      signs += sign(await library.expressions[definition].execute(own), name, definition);
    }
    found[name] = signs;
  }
  return found;
}

function sign(value, library, definition) {
  if (value !== null && value !== undefined && typeof value !== 'boolean') {
    throw new Error(`${library}.${definition} is ${JSON.stringify(value)}`);
  }
  return value === true ? '1' : value === false ? '0' : '?';
}

// The time from the bytes of a file to the last answer.
async function time({ file, plain }) {
  const start = process.hrtime.bigint();
  let answers = 0;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line) {
      const found = await run({ ...JSON.parse(line), plain });
      answers += Object.values(found).join('').length;
    }
  }
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, answers };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = request.libraries ? prepare(request) : request.file ? await time(request) : await run(request);
  answerWith(`${JSON.stringify(answer)}\n`);
}

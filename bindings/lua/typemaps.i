/* SPDX-License-Identifier: MIT */
/*
 * lua/typemaps.i - how values cross the border between C and Lua
 *
 * See ../featset.i for what each name means.  Positions in lists count from 0
 * here; featset/api.lua, which scripts see, counts from 1.
 */
%{
#include "lua/glue.h"
%}

typedef struct featset_cpu featset_cpu_t;
typedef struct featset_baseline featset_baseline_t;
typedef struct featset_level featset_level_t;
typedef struct featset_inventory featset_inventory_t;
typedef struct featset_pool featset_pool_t;
typedef struct featset_change featset_change_t;
typedef struct featset_explanation featset_explanation_t;
typedef struct featset_policy featset_policy_t;

/* ---- objects -------------------------------------------------------------------------- */

%typemap(in) SWIGTYPE * %{ $1 = ($1_ltype)fsl_object(L, $input, $descriptor); %}
%typemap(in) const featset_t *SET %{ $1 = ($1_ltype)fsl_object(L, $input, $descriptor(struct featset *)); %}
%typemap(in) const featset_cpu_t *CPU %{ $1 = ($1_ltype)fsl_object(L, $input, $descriptor(struct featset_cpu *)); %}
%typemap(in) (const featset_cpu_t *const *CPUS, size_t COUNT) {
	size_t count;

	$1 = ($1_ltype)fsl_cpus(L, $input, $descriptor(struct featset_cpu *), &count);
	$2 = count;
}
%typemap(out) SWIGTYPE * %{ SWIG_NewPointerObj(L, $1, $descriptor, $owner); SWIG_arg++; %}
%typemap(out) featset_t %{ fsl_push_set(L, &$1, $descriptor(struct featset *)); SWIG_arg++; %}
%typemap(out) const featset_t * %{
	if ($1)
		fsl_push_set(L, $1, $descriptor(struct featset *));
	else
		lua_pushnil(L);
	SWIG_arg++;
%}
%typemap(out) fsg_cpu %{ SWIG_NewPointerObj(L, $1, $descriptor(struct featset_cpu *), 1); SWIG_arg++; %}
%typemap(out) fsg_cpus %{
	lua_createtable(L, (int)$1.count, 0);
	for (size_t i = 0; $1.items && i < $1.count; i++) {
		SWIG_NewPointerObj(L, $1.items[i], $descriptor(struct featset_cpu *), 1);
		lua_rawseti(L, -2, (int)i + 1);
	}
	free($1.items);
	SWIG_arg++;
%}
%typemap(out) fsg_baselines %{
	lua_createtable(L, (int)$1.count, 0);
	for (size_t i = 0; $1.items && i < $1.count; i++) {
		SWIG_NewPointerObj(L, $1.items[i], $descriptor(struct featset_baseline *), 0);
		lua_rawseti(L, -2, (int)i + 1);
	}
	free($1.items);
	SWIG_arg++;
%}
%typemap(out) fsg_check %{
	if ($1.answer == FEATSET_UNKNOWN)
		lua_pushnil(L);
	else
		lua_pushboolean(L, $1.answer == FEATSET_YES);
	fsl_push_set(L, &$1.missing, $descriptor(struct featset *));
	fsl_push_set(L, &$1.unknown, $descriptor(struct featset *));
	SWIG_arg += 3;
%}

/* featset/pools.lua keeps what an object looks into. */
%typemap(in) const featset_inventory_t *KEPT = SWIGTYPE *;
%typemap(in) const featset_pool_t *KEPT = SWIGTYPE *;
%typemap(in) const featset_pool_t *MAYBE_POOL %{
	$1 = lua_isnoneornil(L, $input) ? NULL : ($1_ltype)fsl_object(L, $input, $descriptor(struct featset_pool *));
%}
%typemap(out) fsg_maybe %{
	if ($1.there)
		fsl_push_set(L, &$1.set, $descriptor(struct featset *));
	else
		lua_pushnil(L);
	SWIG_arg++;
%}
%typemap(out) fsg_index %{ fsl_push_which(L, $1); SWIG_arg++; %}
%typemap(out) fsg_indices %{ fsl_push_indices(L, $1); SWIG_arg++; %}
%typemap(out) fsg_records %{ fsl_push_records(L, $1); SWIG_arg++; %}
%typemap(out) fsg_split %{ fsl_push_split(L, $1, $descriptor(struct featset *)); SWIG_arg++; %}
/* Not before it is known that there is such a finding. */
%typemap(out) fsg_finding %{
	if (arg1->code == FEATSET_OK) {
		fsl_push_finding(L, $1, $descriptor(struct featset *));
		SWIG_arg++;
	}
%}

/* ---- numbers ---------------------------------------------------------------------------- */

%typemap(in) featset_feature_t %{ $1 = (featset_feature_t)fsl_integer(L, $input, FEATSET_BITS - 1); %}
%typemap(in) unsigned WORD %{ $1 = (unsigned)fsl_integer(L, $input, FEATSET_WORDS - 1); %}
%typemap(in) unsigned, int %{ $1 = ($1_ltype)fsl_integer(L, $input, INT32_MAX); %}
%typemap(in) size_t WHICH %{
	$1 = lua_isnoneornil(L, $input) ? FEATSET_NONE : (size_t)fsl_integer(L, $input, INT64_C(1) << 53);
%}
%typemap(in) size_t, size_t index, int64_t %{ $1 = ($1_ltype)fsl_integer(L, $input, INT64_C(1) << 53); %}
%typemap(in) bool %{ $1 = lua_toboolean(L, $input); %}
%typemap(out) featset_feature_t %{
	if ($1 < FEATSET_BITS)
		lua_pushinteger(L, (lua_Integer)$1);
	else
		lua_pushnil(L);
	SWIG_arg++;
%}
%typemap(out) fsg_number %{
	if ($1 >= 0)
		lua_pushinteger(L, (lua_Integer)$1);
	else
		lua_pushnil(L);
	SWIG_arg++;
%}
%typemap(out) unsigned, int, size_t %{ lua_pushinteger(L, (lua_Integer)$1); SWIG_arg++; %}
%typemap(out) bool %{ lua_pushboolean(L, $1); SWIG_arg++; %}
%typemap(out) fsg_words %{
	lua_newtable(L);
	for (unsigned word = 0; word < FEATSET_WORDS; word++)
		if ($1.read >> word & 1) {
			lua_pushinteger(L, (lua_Integer)$1.word[word]);
			lua_setfield(L, -2, featset_word_name(word));
		}
	SWIG_arg++;
%}

/* ---- strings ------------------------------------------------------------------------------ */

%typemap(in) const char * %{ $1 = ($1_ltype)fsl_string(L, $input); %}
%typemap(in) const char *MAYBE %{ $1 = lua_isnoneornil(L, $input) ? NULL : ($1_ltype)fsl_string(L, $input); %}
%typemap(in) (const void *DATA, size_t SIZE) {
	size_t size;

	if (lua_type(L, $input) != LUA_TSTRING)
		fsl_wrong(L, $input, "string");
	$1 = ($1_ltype)lua_tolstring(L, $input, &size);
	$2 = size;
}
%typemap(in) (const char *const *PATHS, size_t COUNT) {
	size_t count;

	$1 = ($1_ltype)fsl_paths(L, $input, &count);
	$2 = count;
}
%typemap(out) const char * %{ fsl_push_string(L, $1); SWIG_arg++; %}
%typemap(out) fsg_text %{ fsl_push_string(L, $1); free($1); SWIG_arg++; %}
%typemap(out) fsg_strings %{ fsl_push_strings(L, $1); SWIG_arg++; %}

/* ---- names of things ------------------------------------------------------------------------ */

%typemap(in) featset_dialect_t {
	$1 = featset_dialect_find(fsl_string(L, $input));
	luaL_argcheck(L, $1 != FEATSET_DIALECTS, $input, "no such dialect");
}
%typemap(in) featset_rule_t {
	$1 = featset_rule_find(fsl_string(L, $input));
	luaL_argcheck(L, $1 != FEATSET_RULES, $input, "no such rule");
}
%typemap(in) featset_edges_t {
	static const char *const names[] = { "xen", "all" };

	$1 = ($1_ltype)fsl_one_of(L, $input, names, 2);
}
%typemap(in) featset_guest_t {
	static const char *const names[] = { "hvm", "pv" };

	$1 = ($1_ltype)fsl_one_of(L, $input, names, FEATSET_GUESTS);
}
%define NAMED(type, count, name_at)
%typemap(in) type {
	const char *names[count];

	for (int i = 0; i < count; i++)
		names[i] = name_at(NULL, (size_t)i);
	$1 = ($1_ltype)fsl_one_of(L, $input, names, count);
}
%enddef
NAMED(featset_record_t, FEATSET_RECORDS, fsg_kind_at)
NAMED(featset_command_t, FEATSET_COMMANDS, fsg_command_at)
%typemap(in) featset_slot_t { $1 = ($1_ltype)fsl_one_of(L, $input, fsl_slots, FEATSET_SLOTS); }
%typemap(in) const featset_format_t *, const featset_format_t *TARGET {
	featset_error_t told = { FEATSET_OK, 0, 0, "", "" };

	$1 = NULL;
	if (!lua_isnoneornil(L, $input)) {
		$1 = ($1_ltype)featset_format_find(fsl_string(L, $input), &told);
		if (!$1)
			return fsl_refuse(L, &told);
	}
}

/* ---- errors ------------------------------------------------------------------------------------ */

%typemap(in, numinputs = 0) featset_error_t *error (featset_error_t told) {
	memset(&told, 0, sizeof(told));
	$1 = &told;
}
%typemap(argout) featset_error_t *error %{
	if ($1->code != FEATSET_OK)
		SWIG_arg = fsl_refuse(L, $1);
%}

/* ---- for featset/native.lua alone ------------------------------------------------------------------ */

/* By hand: SWIG's wrapper around a function would cost more than the function. */
%native(intersect) int fsl_intersect(lua_State *L);
%native(unite) int fsl_union(lua_State *L);
%native(minus) int fsl_minus(lua_State *L);
%native(xor) int fsl_xor(lua_State *L);
%native(subset) int fsl_subset(lua_State *L);
%native(proper_subset) int fsl_proper_subset(lua_State *L);
%native(equal) int fsl_equal(lua_State *L);
%native(disjoint) int fsl_disjoint(lua_State *L);
%native(count) int fsl_count(lua_State *L);
%native(has) int fsl_has(lua_State *L);
%native(following) int fsl_next(lua_State *L);
%native(set_of) int fsl_set_of(lua_State *L);
%native(xen_write) int fsl_xen_write(lua_State *L);
%native(is_set) int fsl_is_set(lua_State *L);
%native(kind) int fsl_kind(lua_State *L);
%native(same_baseline) int fsl_same_baseline(lua_State *L);
%native(metatable) int fsl_metatable(lua_State *L);
%native(cpu_of) int fsl_cpu_of(lua_State *L);

%apply const featset_cpu_t *CPU { featset_cpu_t *cpu };
void featset_cpu_set_vendor(featset_cpu_t *cpu, const char *vendor);
void featset_cpu_set_brand(featset_cpu_t *cpu, const char *brand);
%rename(cpu_set_number) fsl_cpu_set_number;
void fsl_cpu_set_number(featset_cpu_t *cpu, const char *name, int64_t value);
%newobject fsg_expression;
featset_cpu_t *fsg_expression(featset_error_t *error, const char *text);
%rename(fits) fsl_baseline_fits;
fsg_check fsl_baseline_fits(const featset_baseline_t *baseline, const featset_cpu_t *cpu);

%init %{ fsl_mend(L); %}

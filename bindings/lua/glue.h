/* SPDX-License-Identifier: MIT */
#ifndef FEATSET_LUA_GLUE_H
#define FEATSET_LUA_GLUE_H

/*
 * lua/glue.h - values between Lua and the library
 *
 * Whatever a script passes is looked at before it is used.  SWIG's own
 * conversion trusts every userdata to be SWIG's, light userdata to be a pointer,
 * and nil to be NULL; fsl_object takes only what has the metatable of its type.
 *
 * Memory that a call needs for a moment is a userdata: it goes with the garbage,
 * on every way out, an error included.
 */

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#define lua_setuservalue lua_setfenv
#endif

static const char *const fsl_slots[] = { "cpu", "hvm", "hvm_max", "pv", "pv_max" };

/* ---- from Lua --------------------------------------------------------------------- */

/*
 * The object behind a value, NULL when it is of another type.  A userdata of
 * somebody else may be shorter, and may hold anything: its metatable decides.
 */
static swig_lua_userdata *fsl_userdata(lua_State *L, int index, swig_type_info *type)
{
	swig_lua_userdata *object;
	bool same;

	if (lua_type(L, index) != LUA_TUSERDATA || lua_rawlen(L, index) != sizeof(*object))
		return NULL;
	object = lua_touserdata(L, index);
	if (object->type != type || !lua_getmetatable(L, index))
		return NULL;
	/* SWIG's class metatables name their class. */
	lua_pushstring(L, ".type");
	lua_rawget(L, -2);
	same = lua_type(L, -1) == LUA_TSTRING &&
	       !strcmp(lua_tostring(L, -1), ((swig_lua_class *)type->clientdata)->fqname);
	lua_pop(L, 2);
	return same ? object : NULL;
}

/* NULL also when it was freed. */
static void *fsl_test(lua_State *L, int index, swig_type_info *type)
{
	swig_lua_userdata *object = fsl_userdata(L, index, type);

	return object ? object->ptr : NULL;
}

static const char *fsl_type_name(swig_type_info *type)
{
	return ((swig_lua_class *)type->clientdata)->name;
}

/* luaL_argerror after its text is made. */
static int fsl_wrong(lua_State *L, int index, const char *expected)
{
	const char *got = luaL_typename(L, index);

	if (lua_type(L, index) == LUA_TUSERDATA && luaL_getmetafield(L, index, "__name") && lua_isstring(L, -1))
		got = lua_tostring(L, -1);
	return luaL_argerror(L, index, lua_pushfstring(L, "%s expected, got %s", expected, got));
}

static void *fsl_object(lua_State *L, int index, swig_type_info *type)
{
	swig_lua_userdata *object = fsl_userdata(L, index, type);

	if (!object)
		fsl_wrong(L, index, fsl_type_name(type));
	if (!object->ptr)
		luaL_argerror(L, index, lua_pushfstring(L, "the %s was freed", fsl_type_name(type)));
	return object->ptr;
}

/* A whole number in bounds; -1 for other numbers and for other types, strings of digits included. */
static int64_t fsl_whole(lua_State *L, int index, int64_t most)
{
	lua_Number number = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : (lua_Number)-1;

	/* What is in bounds as a floating-point number converts without overflow. */
	return number >= 0 && number <= (lua_Number)most && (lua_Number)(int64_t)number == number ? (int64_t)number : -1;
}

static int64_t fsl_number(lua_State *L, int index, int64_t count, const char *expected)
{
	int64_t number = fsl_whole(L, index, count - 1);

	if (number < 0)
		fsl_wrong(L, index, expected);
	return number;
}

static int64_t fsl_integer(lua_State *L, int index, int64_t most)
{
	return fsl_number(L, index, most + 1, "whole number in its bounds");
}

/* A string for C, which would lose what follows a NUL byte. */
static const char *fsl_string(lua_State *L, int index)
{
	size_t size;
	const char *text;

	if (lua_type(L, index) != LUA_TSTRING)
		fsl_wrong(L, index, "string");
	text = lua_tolstring(L, index, &size);
	if (strlen(text) != size)
		luaL_argerror(L, index, "a name cannot hold a NUL byte");
	return text;
}

/* Which of several names. */
static int fsl_one_of(lua_State *L, int index, const char *const *names, int count)
{
	const char *name = fsl_string(L, index);

	for (int i = 0; i < count; i++)
		if (!strcmp(name, names[i]))
			return i;
	return luaL_argerror(L, index, lua_pushfstring(L, "unknown name '%s'", name));
}

/*
 * A list of cpus as an array, which takes the list's place on the stack, where
 * the number of arguments counts, and keeps the list.
 */
static const featset_cpu_t **fsl_cpus(lua_State *L, int index, swig_type_info *type, size_t *count)
{
	const featset_cpu_t **cpus;

	if (lua_type(L, index) != LUA_TTABLE)
		fsl_wrong(L, index, "list of cpus");
	*count = lua_rawlen(L, index);
	luaL_argcheck(L, *count < SIZE_MAX / sizeof(*cpus), index, "too many");
	cpus = lua_newuserdata(L, (*count + 1) * sizeof(*cpus));
	for (size_t i = 0; i < *count; i++) {
		lua_rawgeti(L, index, (int)i + 1);
		cpus[i] = fsl_test(L, -1, type);
		lua_pop(L, 1);
		luaL_argcheck(L, cpus[i], index, "list of cpus expected");
	}
	lua_pushvalue(L, index);
	lua_setuservalue(L, -2);
	lua_replace(L, index);
	return cpus;
}

/* A list of strings, in the same manner. */
static const char **fsl_paths(lua_State *L, int index, size_t *count)
{
	const char **paths;

	if (lua_type(L, index) != LUA_TTABLE)
		fsl_wrong(L, index, "list of paths");
	*count = lua_rawlen(L, index);
	luaL_argcheck(L, *count < SIZE_MAX / sizeof(*paths), index, "too many");
	paths = lua_newuserdata(L, (*count + 1) * sizeof(*paths));
	for (size_t i = 0; i < *count; i++) {
		lua_rawgeti(L, index, (int)i + 1);
		/* A number would become a string that nobody keeps. */
		paths[i] = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
		lua_pop(L, 1);
		luaL_argcheck(L, paths[i], index, "list of paths expected");
	}
	lua_pushvalue(L, index);
	lua_setuservalue(L, -2);
	lua_replace(L, index);
	return paths;
}

/* ---- to Lua ------------------------------------------------------------------------- */

/* Misuse and the lack of memory are errors, everything else is nil and a sentence. */
static int fsl_refuse(lua_State *L, const featset_error_t *error)
{
	char text[sizeof(error->file) + sizeof(error->text) + 32];

	featset_error_write(text, sizeof(text), error);
	if (error->code == FEATSET_E_ARGUMENT || error->code == FEATSET_E_MEMORY)
		return luaL_error(L, "%s", text);
	lua_pushnil(L);
	lua_pushstring(L, text);
	return 2;
}

static void fsl_push_string(lua_State *L, const char *text)
{
	if (text)
		lua_pushstring(L, text);
	else
		lua_pushnil(L);
}

static featset_t *fsl_push_set(lua_State *L, const featset_t *set, swig_type_info *type)
{
	featset_t *copy = malloc(sizeof(*copy));

	if (!copy)
		luaL_error(L, "not enough memory");
	if (set)
		*copy = *set;
	else
		featset_clear(copy);
	SWIG_NewPointerObj(L, copy, type, 1);
	return copy;
}

static void fsl_push_strings(lua_State *L, fsg_strings strings)
{
	int count = 0;

	lua_createtable(L, (int)strings.count, 0);
	for (size_t i = 0; i < strings.count; i++) {
		const char *text = strings.at(strings.of, i);

		if (text) {
			lua_pushstring(L, text);
			lua_rawseti(L, -2, ++count);
		}
	}
}

static void fsl_push_which(lua_State *L, size_t index)
{
	if (index == FEATSET_NONE)
		lua_pushnil(L);
	else
		lua_pushinteger(L, (lua_Integer)index);
}

static void fsl_push_indices(lua_State *L, fsg_indices list)
{
	lua_createtable(L, (int)list.count, 0);
	for (size_t i = 0; i < list.count; i++) {
		lua_pushinteger(L, (lua_Integer)list.items[i]);
		lua_rawseti(L, -2, (int)i + 1);
	}
	free(list.items);
}

static void fsl_push_records(lua_State *L, fsg_records records)
{
	size_t first = fsg_first_field(records.kind), fields = fsg_field_count(records.kind);
	size_t count = featset_inventory_count(records.inventory, records.kind);

	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		lua_createtable(L, 0, (int)fields);
		for (size_t k = first; k < first + fields; k++) {
			lua_pushstring(L, featset_inventory_get(records.inventory, (featset_field_t)k, i));
			lua_setfield(L, -2, featset_field_name((featset_field_t)k));
		}
		lua_rawseti(L, -2, (int)i + 1);
	}
}

/* Two tables, each with a list of hosts and a set. */
static void fsl_push_split(lua_State *L, fsg_split split, swig_type_info *type)
{
	if (!split.side) {
		lua_pushnil(L);
		return;
	}
	lua_createtable(L, 2, 0);
	for (int side = 0; side < 2; side++) {
		int count = 0;

		lua_createtable(L, 0, 2);
		lua_newtable(L);
		for (size_t i = 0; i < split.count; i++)
			if (split.side[i] == side) {
				lua_pushinteger(L, (lua_Integer)i);
				lua_rawseti(L, -2, ++count);
			}
		lua_setfield(L, -2, "hosts");
		fsl_push_set(L, &split.features[side], type);
		lua_setfield(L, -2, "features");
		lua_rawseti(L, -2, side + 1);
	}
	free(split.side);
}

static void fsl_push_finding(lua_State *L, fsg_finding finding, swig_type_info *type)
{
	fsg_strings commands = { fsg_finding_command, &finding, 0 };
	const char *name, *text;

	lua_newtable(L);
	for (unsigned part = 0; part < FSG_FINDING_TEXTS; part++) {
		text = fsg_finding_text(&finding, part, &name);
		lua_pushstring(L, text);
		lua_setfield(L, -2, name);
	}
	fsl_push_which(L, featset_explanation_vm(finding.explanation, finding.index));
	lua_setfield(L, -2, "vm");
	fsl_push_which(L, featset_explanation_host(finding.explanation, finding.index));
	lua_setfield(L, -2, "host");
	fsl_push_set(L, featset_explanation_missing(finding.explanation, finding.index), type);
	lua_setfield(L, -2, "missing");
	while (fsg_finding_command(&finding, commands.count))
		commands.count++;
	fsl_push_strings(L, commands);
	lua_setfield(L, -2, "commands");
}

/* ---- sets ------------------------------------------------------------------------------ */

static const featset_t *fsl_set(lua_State *L, int index)
{
	return fsl_object(L, index, SWIGTYPE_p_featset);
}

#define FSL_COMBINE(name, call)                                              \
	static int fsl_##name(lua_State *L)                                  \
	{                                                                    \
		const featset_t *a = fsl_set(L, 1), *b = fsl_set(L, 2);      \
									     \
		call(fsl_push_set(L, NULL, SWIGTYPE_p_featset), a, b);       \
		return 1;                                                    \
	}
#define FSL_COMPARE(name, expression)                                        \
	static int fsl_##name(lua_State *L)                                  \
	{                                                                    \
		const featset_t *a = fsl_set(L, 1), *b = fsl_set(L, 2);      \
									     \
		lua_pushboolean(L, expression);                              \
		return 1;                                                    \
	}

FSL_COMBINE(intersect, featset_and)
FSL_COMBINE(union, featset_or)
FSL_COMBINE(minus, featset_minus)
FSL_COMBINE(xor, featset_xor)
FSL_COMPARE(subset, featset_subset(a, b))
FSL_COMPARE(proper_subset, featset_subset(a, b) && !featset_equal(a, b))
FSL_COMPARE(disjoint, featset_disjoint(a, b))

/* Lua asks for any two userdata of which one is a set. */
static int fsl_equal(lua_State *L)
{
	const featset_t *a = fsl_test(L, 1, SWIGTYPE_p_featset), *b = fsl_test(L, 2, SWIGTYPE_p_featset);

	lua_pushboolean(L, a && b && featset_equal(a, b));
	return 1;
}

/* Also #set, for which Lua gives the set twice. */
static int fsl_count(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)featset_count(fsl_set(L, 1)));
	return 1;
}

/* By number, by name, or by what has a field "number". */
static int fsl_has(lua_State *L)
{
	const featset_t *set = fsl_set(L, 1);
	featset_feature_t feature = FEATSET_FEATURE_NONE;
	featset_error_t told;
	size_t size;

	lua_settop(L, 2);
	if (lua_type(L, 2) == LUA_TTABLE) {
		lua_pushstring(L, "number");
		lua_rawget(L, 2);
		lua_replace(L, 2);
	}
	if (lua_type(L, 2) == LUA_TSTRING) {
		const char *name = lua_tolstring(L, 2, &size);

		memset(&told, 0, sizeof(told));
		if (strlen(name) != size)
			fsg_fail(&told, FEATSET_E_NAME, "a name cannot hold a NUL byte");
		else
			told.code = featset_feature_find(&feature, name, FEATSET_ANY_DIALECT, &told);
		if (told.code != FEATSET_OK)
			return fsl_refuse(L, &told);
	} else {
		feature = (featset_feature_t)fsl_number(L, 2, FEATSET_BITS,
							"name of a feature or number from 0 to 2047");
	}
	lua_pushboolean(L, featset_has(set, feature));
	return 1;
}

/* The first feature at or after a number; nil when there is none. */
static int fsl_next(lua_State *L)
{
	featset_feature_t next = featset_next(fsl_set(L, 1), (featset_feature_t)fsl_integer(L, 2, FEATSET_BITS));

	if (next < FEATSET_BITS)
		lua_pushinteger(L, (lua_Integer)next);
	else
		lua_pushnil(L);
	return 1;
}

/* The set of the features whose numbers are given. */
static int fsl_set_of(lua_State *L)
{
	featset_t set;

	featset_clear(&set);
	for (int i = lua_gettop(L); i > 0; i--)
		featset_add(&set, (featset_feature_t)fsl_integer(L, i, FEATSET_BITS - 1));
	fsl_push_set(L, &set, SWIGTYPE_p_featset);
	return 1;
}

static int fsl_xen_write(lua_State *L)
{
	char text[FEATSET_XEN_WORDS * 9 + 1] = "";

	featset_xen_write(text, sizeof(text), fsl_set(L, 1), (size_t)fsl_integer(L, 2, FEATSET_XEN_WORDS));
	lua_pushstring(L, text);
	return 1;
}

/* ---- types ------------------------------------------------------------------------------- */

static int fsl_is_set(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_pushboolean(L, fsl_test(L, 1, SWIGTYPE_p_featset) != NULL);
	return 1;
}

#define FSL_TYPES 9

static swig_type_info *fsl_type(size_t index)
{
	swig_type_info *const types[FSL_TYPES] = { SWIGTYPE_p_featset, SWIGTYPE_p_featset_cpu,
						   SWIGTYPE_p_featset_baseline, SWIGTYPE_p_featset_level,
						   SWIGTYPE_p_featset_inventory, SWIGTYPE_p_featset_pool,
						   SWIGTYPE_p_featset_change, SWIGTYPE_p_featset_explanation,
						   SWIGTYPE_p_featset_policy };

	return types[index];
}

/* The name of a value's type when it is one of ours. */
static int fsl_kind(lua_State *L)
{
	luaL_checkany(L, 1);
	for (size_t i = 0; i < FSL_TYPES; i++)
		if (fsl_test(L, 1, fsl_type(i))) {
			lua_pushstring(L, fsl_type_name(fsl_type(i)));
			return 1;
		}
	lua_pushnil(L);
	return 1;
}

/* Baselines are constants: the same one is the same address.  SWIG's own comparison trusts any userdata. */
static int fsl_same_baseline(lua_State *L)
{
	const void *a = fsl_test(L, 1, SWIGTYPE_p_featset_baseline), *b = fsl_test(L, 2, SWIGTYPE_p_featset_baseline);

	lua_pushboolean(L, a && a == b);
	return 1;
}

static int fsl_metatable(lua_State *L)
{
	SWIG_Lua_get_class_metatable(L, fsl_string(L, 1));
	return 1;
}

/* ---- metatables ---------------------------------------------------------------------------- */

/* A second call finds nothing to free; what is no object of ours is misuse. */
static int fsl_gc(lua_State *L)
{
	for (size_t i = 0; i < FSL_TYPES; i++) {
		swig_lua_userdata *object = fsl_userdata(L, 1, fsl_type(i));

		if (object) {
			void (*destructor)(void *) = ((swig_lua_class *)fsl_type(i)->clientdata)->destructor;
			void *freed = object->ptr;

			object->ptr = NULL;
			if (freed && object->own && destructor)
				destructor(freed);
			return 0;
		}
	}
	return luaL_argerror(L, 1, "object of featset expected");
}

static int fsl_tostring(lua_State *L)
{
	fsl_kind(L);
	if (lua_isnil(L, -1))
		luaL_argerror(L, 1, "object of featset expected");
	return 1;
}

/*
 * SWIG's metamethods and its methods beside ours trust whatever they are given,
 * and a script reaches them through the debug library.  A second load in one
 * state finds the metatables in their last form.
 */
static void fsl_mend_class(lua_State *L, swig_type_info *type)
{
	static const char *const events[] = { "__index", "__newindex", "__eq", ".static", ".set", ".bases" };

	SWIG_Lua_get_class_metatable(L, fsl_type_name(type));
	lua_pushstring(L, "__gc");
	lua_rawget(L, -2);
	if (lua_tocfunction(L, -1) == fsl_gc) {
		lua_pop(L, 2);
		return;
	}
	lua_pop(L, 1);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		lua_pushstring(L, events[i]);
		lua_pushnil(L);
		lua_rawset(L, -3);
	}
	SWIG_Lua_add_function(L, "__gc", fsl_gc);
	SWIG_Lua_add_function(L, "__tostring", fsl_tostring);
	lua_pushstring(L, ".fn");
	lua_rawget(L, -2);
	lua_pushstring(L, "__disown");
	lua_pushnil(L);
	lua_rawset(L, -3);
	lua_pop(L, 2);
}

/* Of the module on top of the stack, what is SWIG's own: classes as tables, its look-up of names, its functions. */
static void fsl_mend(lua_State *L)
{
	static const char *const functions[] = { "swig_type", "swig_equals", "swig_instance_of" };

	for (size_t i = 0; i < FSL_TYPES; i++) {
		fsl_mend_class(L, fsl_type(i));
		lua_pushstring(L, fsl_type_name(fsl_type(i)));
		lua_pushnil(L);
		lua_rawset(L, -3);
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		lua_pushstring(L, functions[i]);
		lua_pushnil(L);
		lua_rawset(L, -3);
	}
	lua_pushnil(L);
	lua_setmetatable(L, -2);
}

/* ---- cpus ---------------------------------------------------------------------------------- */

/* A cpu of a set; what is known besides, everything when that is nil. */
static int fsl_cpu_of(lua_State *L)
{
	const featset_t *features = fsl_set(L, 1);
	const featset_t *known = lua_isnoneornil(L, 2) ? NULL : fsl_set(L, 2);
	featset_cpu_t *cpu = known ? featset_cpu_new() : fsg_cpu_of(features);

	if (!cpu)
		return luaL_error(L, "not enough memory");
	if (known)
		featset_cpu_set_features(cpu, features, known);
	SWIG_NewPointerObj(L, cpu, SWIGTYPE_p_featset_cpu, 1);
	return 1;
}

/* By the attribute's name; a name that no number has changes nothing. */
static void fsl_cpu_set_number(featset_cpu_t *cpu, const char *name, int64_t value)
{
	static const char *const names[FEATSET_NUMBERS] = {
		[FEATSET_FAMILY] = "family",
		[FEATSET_MODEL] = "model",
		[FEATSET_STEPPING] = "stepping",
		[FEATSET_MAX_BASIC] = "max_basic",
		[FEATSET_MAX_SUBLEAF_7] = "max_subleaf_7",
		[FEATSET_MAX_HYPERVISOR] = "max_hypervisor",
		[FEATSET_MAX_EXTENDED] = "max_extended",
		[FEATSET_MAX_CENTAUR] = "max_centaur",
		[FEATSET_PHYS_BITS] = "phys_bits",
		[FEATSET_LINEAR_BITS] = "linear_bits",
		[FEATSET_AVX10_VERSION] = "avx10_version",
		[FEATSET_XCR0] = "xcr0",
		[FEATSET_XEN_LENGTH] = "xen_length",
	};

	for (int i = 0; i < FEATSET_NUMBERS; i++)
		if (names[i] && !strcmp(names[i], name))
			featset_cpu_set_number(cpu, (featset_number_t)i, value);
}

static fsg_check fsl_baseline_fits(const featset_baseline_t *baseline, const featset_cpu_t *cpu)
{
	fsg_check check;

	check.answer = featset_baseline_fits(baseline, cpu, &check.missing, &check.unknown);
	return check;
}

#endif

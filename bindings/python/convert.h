/* SPDX-License-Identifier: MIT */
/*
 * convert.h - values between Python and C
 *
 * Included by the wrapper that SWIG writes, after SWIG's run-time and glue.h.
 * Functions that give an int give 0, or -1 with a Python exception set.
 */

/* A FeatureSet carries its set in itself: SWIG's `ptr` points there and owns nothing. */
typedef struct fspy_set {
	SwigPyObject base;
	featset_t set;
	PyObject *weak;
} fspy_set;

static PyTypeObject *fspy_set_type, *fspy_cpu_type, *fspy_baseline_type, *fspy_level_type, *fspy_inventory_type,
	*fspy_pool_type, *fspy_change_type, *fspy_explanation_type, *fspy_policy_type;

/* The package above this module; it is there by the time anybody calls. */
static PyObject *fspy_attribute(const char *name)
{
	PyObject *package = PyImport_ImportModule("featset"), *value;

	if (!package)
		return NULL;
	value = PyObject_GetAttrString(package, name);
	Py_DECREF(package);
	return value;
}

/* ---- errors ------------------------------------------------------------------------------ */

static void fspy_raise(const featset_error_t *error, int number)
{
	PyObject *make, *exception;

	if (error->code == FEATSET_E_MEMORY) {
		PyErr_NoMemory();
		return;
	}
	make = fspy_attribute("_error");
	if (!make)
		return;
	exception = PyObject_CallFunction(make, "iNNIIi", (int)error->code,
					  PyUnicode_DecodeUTF8(error->text, (Py_ssize_t)strlen(error->text), "replace"),
					  PyUnicode_DecodeFSDefault(error->file), error->line, error->column,
					  error->code == FEATSET_E_IO ? number : 0);
	Py_DECREF(make);
	if (!exception)
		return;
	PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
	Py_DECREF(exception);
}

static int fspy_refuse(PyObject *object, const char *wanted)
{
	PyErr_Format(PyExc_TypeError, "expected %s, not %.100s", wanted, Py_TYPE(object)->tp_name);
	return -1;
}

/* ---- out of C ------------------------------------------------------------------------------ */

static PyObject *fspy_string(const char *text)
{
	if (!text)
		Py_RETURN_NONE;
	return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "backslashreplace");
}

static PyObject *fspy_string_free(char *text)
{
	PyObject *string = fspy_string(text);

	free(text);
	return string;
}

static PyObject *fspy_set_make(PyTypeObject *type, const featset_t *set)
{
	fspy_set *object = (fspy_set *)type->tp_alloc(type, 0);

	if (!object)
		return NULL;
	object->base.ptr = &object->set;
	object->base.ty = SWIGTYPE_p_featset;
	object->set = *set;
	return (PyObject *)object;
}

static PyObject *fspy_set_new(const featset_t *set)
{
	return fspy_set_make(fspy_set_type, set);
}

static PyObject *fspy_set_or_none(const featset_t *set)
{
	if (!set)
		Py_RETURN_NONE;
	return fspy_set_new(set);
}

static PyObject *fspy_number(fsg_number number)
{
	if (number < 0)
		Py_RETURN_NONE;
	return PyLong_FromLongLong(number);
}

static PyObject *fspy_pointer(const void *pointer, swig_type_info *type, int own)
{
	return SWIG_InternalNewPointerObj((void *)(uintptr_t)pointer, type, own);
}

/* Takes `item`; without one, or without memory, the list is gone.  Lists are never seen half-filled. */
static void fspy_append(PyObject **list, PyObject *item)
{
	if (!item || PyList_Append(*list, item) < 0)
		Py_CLEAR(*list);
	Py_XDECREF(item);
}

static PyObject *fspy_cpus(fsg_cpus list)
{
	PyObject *result = list.items || !list.count ? PyList_New(0) : PyErr_NoMemory(), *tuple;

	for (size_t i = 0; list.items && i < list.count; i++) {
		if (result && list.items[i])
			fspy_append(&result, fspy_pointer(list.items[i], SWIGTYPE_p_featset_cpu, SWIG_POINTER_OWN));
		else if (result) {
			Py_CLEAR(result);
			PyErr_NoMemory();
		} else
			featset_cpu_free(list.items[i]);
	}
	free(list.items);
	tuple = result ? PyList_AsTuple(result) : NULL;
	Py_XDECREF(result);
	return tuple;
}

static PyObject *fspy_baselines(fsg_baselines list)
{
	PyObject *result = list.items ? PyList_New(0) : PyErr_NoMemory();

	for (size_t i = 0; result && i < list.count; i++)
		fspy_append(&result, fspy_pointer(list.items[i], SWIGTYPE_p_featset_baseline, 0));
	free((void *)list.items);
	return result;
}

static PyObject *fspy_strings(fsg_strings strings)
{
	PyObject *result = PyList_New(0);

	for (size_t i = 0; result && i < strings.count; i++) {
		const char *text = strings.at(strings.of, i);

		if (text)
			fspy_append(&result, fspy_string(text));
	}
	return result;
}

static PyObject *fspy_which(size_t index)
{
	if (index == FEATSET_NONE)
		Py_RETURN_NONE;
	return PyLong_FromSize_t(index);
}

static PyObject *fspy_indices(fsg_indices list)
{
	PyObject *result = PyList_New(0);

	for (size_t i = 0; result && i < list.count; i++)
		fspy_append(&result, PyLong_FromSize_t(list.items[i]));
	free(list.items);
	return result;
}

static PyObject *fspy_record(const featset_inventory_t *inventory, size_t first, size_t fields, size_t index)
{
	PyObject *record = PyDict_New();

	for (size_t i = 0; record && i < fields; i++) {
		featset_field_t field = (featset_field_t)(first + i);
		PyObject *text = fspy_string(featset_inventory_get(inventory, field, index));

		if (!text || PyDict_SetItemString(record, featset_field_name(field), text) < 0)
			Py_CLEAR(record);
		Py_XDECREF(text);
	}
	return record;
}

static PyObject *fspy_records(fsg_records records)
{
	size_t first = fsg_first_field(records.kind), fields = fsg_field_count(records.kind);
	size_t count = featset_inventory_count(records.inventory, records.kind);
	PyObject *result = PyList_New(0);

	for (size_t i = 0; result && i < count; i++)
		fspy_append(&result, fspy_record(records.inventory, first, fields, i));
	return result;
}

/* Two lists of indices, each with its set. */
static PyObject *fspy_split(fsg_split split)
{
	PyObject *hosts[2] = { NULL, NULL };

	if (!split.side)
		Py_RETURN_NONE;
	for (unsigned side = 0; side < 2; side++) {
		hosts[side] = PyList_New(0);
		for (size_t i = 0; hosts[side] && i < split.count; i++)
			if (split.side[i] == side)
				fspy_append(&hosts[side], PyLong_FromSize_t(i));
	}
	free(split.side);
	return Py_BuildValue("(NN)(NN)", hosts[0], fspy_set_new(&split.features[0]), hosts[1],
			     fspy_set_new(&split.features[1]));
}

static int fspy_put(PyObject *dict, const char *name, PyObject *value)
{
	int status = value ? PyDict_SetItemString(dict, name, value) : -1;

	Py_XDECREF(value);
	return status;
}

static PyObject *fspy_finding(fsg_finding finding)
{
	fsg_strings commands = { fsg_finding_command, &finding, 0 };
	PyObject *result = PyDict_New();
	int status = result ? 0 : -1;

	while (fsg_finding_command(&finding, commands.count))
		commands.count++;
	for (unsigned part = 0; !status && part < FSG_FINDING_TEXTS; part++) {
		const char *name, *text = fsg_finding_text(&finding, part, &name);

		status = fspy_put(result, name, fspy_string(text));
	}
	if (!status)
		status = fspy_put(result, "vm", fspy_which(featset_explanation_vm(finding.explanation, finding.index)));
	if (!status)
		status = fspy_put(result, "host", fspy_which(featset_explanation_host(finding.explanation, finding.index)));
	if (!status)
		status = fspy_put(result, "missing",
				  fspy_set_new(featset_explanation_missing(finding.explanation, finding.index)));
	if (!status)
		status = fspy_put(result, "commands", fspy_strings(commands));
	if (status < 0)
		Py_CLEAR(result);
	return result;
}

/*
 * What an object looks into lives as long as the object.  SWIG's place for
 * attributes, which no type of ours has, holds it; it is let go with the object.
 * No circle can come of it: what is kept was there before.
 */
static int fspy_keep(PyObject *object, PyObject *kept)
{
	PyObject **place = object ? &((SwigPyObject *)object)->dict : NULL, *all;

	if (!object)
		return -1;
	all = PyTuple_Pack(2, kept, *place ? *place : Py_None);
	if (!all) {
		Py_DECREF(object);
		return -1;
	}
	Py_XDECREF(*place);
	*place = all;
	return 0;
}

static PyObject *fspy_words(const fsg_words *words)
{
	PyObject *result = PyDict_New();

	for (unsigned word = 0; result && word < FEATSET_WORDS; word++) {
		PyObject *bits;

		if (!(words->read >> word & 1))
			continue;
		bits = PyLong_FromUnsignedLong(words->word[word]);
		if (!bits || PyDict_SetItemString(result, featset_word_name(word), bits) < 0)
			Py_CLEAR(result);
		Py_XDECREF(bits);
	}
	return result;
}

static PyObject *fspy_check(const fsg_check *check)
{
	static const char *const answers[] = {
		[FEATSET_NO] = "no", [FEATSET_YES] = "yes", [FEATSET_UNKNOWN] = "unknown"
	};

	return Py_BuildValue("sNN", answers[check->answer], fspy_set_new(&check->missing),
			     fspy_set_new(&check->unknown));
}

/* ---- into C ---------------------------------------------------------------------------------- */

/* UTF-8 without a NUL in it, as long as the object lives. */
static const char *fspy_text(PyObject *object)
{
	Py_ssize_t length;
	const char *text;

	if (!PyUnicode_Check(object)) {
		fspy_refuse(object, "str");
		return NULL;
	}
	text = PyUnicode_AsUTF8AndSize(object, &length);
	if (text && strlen(text) != (size_t)length) {
		PyErr_SetString(PyExc_ValueError, "embedded null character");
		return NULL;
	}
	return text;
}

/* Bytes as they lie in memory, where that means the same as numbers: no objects, floats or foreign byte order. */
static int fspy_buffer(PyObject *object, Py_buffer *view)
{
	const uint16_t one = 1;
	const char *item;

	if (PyObject_GetBuffer(object, view, PyBUF_ND | PyBUF_FORMAT) < 0)
		return -1;
	item = view->format ? view->format : "B";
	if (view->itemsize == 1 ? strchr("@=<>!", *item) != NULL :
				  strchr(*(const char *)&one ? "@=<" : "@=>!", *item) != NULL)
		item++;
	if (*item && strchr("BcHILQN", *item) && !item[1])
		return 0;
	PyErr_Format(PyExc_TypeError, "expected bytes or unsigned integers in this machine's order, not items of format '%.50s'",
		     view->format);
	PyBuffer_Release(view);
	return -1;
}

/* The index of a name in a list; `what` it is a list of. */
static int fspy_choice(PyObject *object, const char *what, fsg_strings choices)
{
	const char *text = fspy_text(object);
	featset_error_t error = { .code = FEATSET_E_NAME };
	size_t length;

	if (!text)
		return -1;
	for (size_t i = 0; i < choices.count; i++)
		if (!strcmp(text, choices.at(choices.of, i)))
			return (int)i;
	length = (size_t)snprintf(error.text, sizeof(error.text), "no %s is called '%.60s'; there are", what, text);
	for (size_t i = 0; i < choices.count && length < sizeof(error.text); i++)
		length += (size_t)snprintf(error.text + length, sizeof(error.text) - length, "%s %s", i ? "," : "",
					   choices.at(choices.of, i));
	fspy_raise(&error, 0);
	return -1;
}

static const char *fspy_name_at(const void *of, size_t index)
{
	return ((const char *const *)of)[index];
}

static int fspy_edges(PyObject *object, featset_edges_t *edges)
{
	static const char *const names[] = { [FEATSET_EDGES_XEN] = "xen", [FEATSET_EDGES_ALL] = "all" };
	int index = fspy_choice(object, "graph of prerequisites", (fsg_strings){ fspy_name_at, names, 2 });

	*edges = (featset_edges_t)index;
	return index < 0 ? -1 : 0;
}

static int fspy_slot(PyObject *object, featset_slot_t *slot)
{
	static const char *const names[] = {
		[FEATSET_SLOT_CPU] = "cpu",
		[FEATSET_SLOT_HVM] = "hvm",
		[FEATSET_SLOT_HVM_MAX] = "hvm_max",
		[FEATSET_SLOT_PV] = "pv",
		[FEATSET_SLOT_PV_MAX] = "pv_max",
	};
	int index = fspy_choice(object, "slot", (fsg_strings){ fspy_name_at, names, FEATSET_SLOTS });

	*slot = (featset_slot_t)index;
	return index < 0 ? -1 : 0;
}

static int fspy_guest(PyObject *object, featset_guest_t *guest)
{
	static const char *const names[] = { [FEATSET_GUEST_HVM] = "hvm", [FEATSET_GUEST_PV] = "pv" };
	int index = fspy_choice(object, "kind of guest", (fsg_strings){ fspy_name_at, names, FEATSET_GUESTS });

	*guest = (featset_guest_t)index;
	return index < 0 ? -1 : 0;
}

static int fspy_kind_in(PyObject *object, featset_record_t *kind)
{
	int index = fspy_choice(object, "kind of record", fsg_record_kinds());

	*kind = (featset_record_t)index;
	return index < 0 ? -1 : 0;
}

static int fspy_command(PyObject *object, featset_command_t *command)
{
	int index = fspy_choice(object, "command", fsg_commands());

	*command = (featset_command_t)index;
	return index < 0 ? -1 : 0;
}

static int fspy_rule(PyObject *object, featset_rule_t *rule)
{
	int index = fspy_choice(object, "rule", fsg_rules());

	*rule = (featset_rule_t)index;
	return index < 0 ? -1 : 0;
}

/* None keeps the default. */
static int fspy_dialect(PyObject *object, featset_dialect_t *dialect)
{
	int index;

	if (object == Py_None)
		return 0;
	index = fspy_choice(object, "dialect", fsg_dialects());
	if (index < 0)
		return -1;
	*dialect = (featset_dialect_t)index;
	return 0;
}

static int fspy_format(PyObject *object, const featset_format_t **format)
{
	featset_error_t error = { .code = FEATSET_OK };
	const char *name;

	*format = NULL;
	if (object == Py_None)
		return 0;
	name = fspy_text(object);
	if (!name)
		return -1;
	*format = featset_format_find(name, &error);
	if (*format)
		return 0;
	fspy_raise(&error, 0);
	return -1;
}

/* Where a format must be named. */
static int fspy_format_named(PyObject *object, const featset_format_t **format)
{
	return PyUnicode_Check(object) ? fspy_format(object, format) : fspy_refuse(object, "the name of a format");
}

/* A number from 0 to `end` - 1. */
static int fspy_index(PyObject *object, const char *what, long end, unsigned *value)
{
	PyObject *number = PyNumber_Index(object);
	int overflow = 0;
	long index;

	if (!number)
		return -1;
	index = PyLong_AsLongAndOverflow(number, &overflow);
	Py_DECREF(number);
	if (index == -1 && PyErr_Occurred())
		return -1;
	if (overflow || index < 0 || index >= end) {
		PyErr_Format(PyExc_ValueError, "the number of a %s is between 0 and %ld", what, end - 1);
		return -1;
	}
	*value = (unsigned)index;
	return 0;
}

/* 0 and what fits into a size_t; the largest for all that does not, be it below or above. */
static int fspy_size(PyObject *object, const char *wanted, size_t *value)
{
	PyObject *number;

	if (!PyIndex_Check(object))
		return fspy_refuse(object, wanted);
	number = PyNumber_Index(object);
	if (!number)
		return -1;
	*value = PyLong_AsSize_t(number);
	Py_DECREF(number);
	if (!PyErr_Occurred())
		return 0;
	if (!PyErr_ExceptionMatches(PyExc_OverflowError))
		return -1;
	PyErr_Clear();
	*value = SIZE_MAX;
	return 0;
}

/* An index; None is FEATSET_NONE. */
static int fspy_which_in(PyObject *object, size_t *index)
{
	*index = FEATSET_NONE;
	if (object == Py_None)
		return 0;
	if (fspy_size(object, "an index", index) < 0)
		return -1;
	/* An index that is out of range, but not nothing. */
	if (*index == FEATSET_NONE)
		*index = FEATSET_NONE - 1;
	return 0;
}

/* A number of bytes; None is 0, the default. */
static int fspy_limit(PyObject *object, size_t *limit)
{
	PyObject *zero;
	int negative;

	*limit = 0;
	if (object == Py_None)
		return 0;
	if (fspy_size(object, "a number of bytes", limit) < 0)
		return -1;
	if (*limit < SIZE_MAX)
		return 0;
	*limit = SIZE_MAX / 2;
	object = PyNumber_Index(object);
	zero = PyLong_FromLong(0);
	negative = object && zero ? PyObject_RichCompareBool(object, zero, Py_LT) : -1;
	Py_XDECREF(object);
	Py_XDECREF(zero);
	if (negative > 0)
		PyErr_SetString(PyExc_ValueError, "a limit is a number of bytes and not below 0");
	return negative ? -1 : 0;
}

static int fspy_bool(PyObject *object, bool *value)
{
	int truth = PyObject_IsTrue(object);

	*value = truth > 0;
	return truth < 0 ? -1 : 0;
}

/* A Feature, its number or its name. */
static int fspy_feature_in(PyObject *object, featset_feature_t *feature)
{
	featset_error_t error = { .code = FEATSET_OK };
	const char *name;

	if (PyIndex_Check(object))
		return fspy_index(object, "feature", FEATSET_BITS, feature);
	if (!PyUnicode_Check(object))
		return fspy_refuse(object, "a Feature, its number or its name");
	name = fspy_text(object);
	if (!name)
		return -1;
	*feature = fsg_feature(&error, name, FEATSET_ANY_DIALECT);
	if (error.code == FEATSET_OK)
		return 0;
	fspy_raise(&error, 0);
	return -1;
}

/* A word's number or its name. */
static int fspy_word_in(PyObject *object, unsigned *word)
{
	featset_error_t error = { .code = FEATSET_E_NAME };
	const char *name;

	if (PyIndex_Check(object))
		return fspy_index(object, "word", FEATSET_WORDS, word);
	name = fspy_text(object);
	if (!name)
		return -1;
	*word = featset_word_find(name);
	if (*word < FEATSET_WORDS)
		return 0;
	snprintf(error.text, sizeof(error.text), "no word is called '%.60s'", name);
	fspy_raise(&error, 0);
	return -1;
}

#define FSPY_IS(object, type) PyObject_TypeCheck(object, fspy_##type##_type)
#define FSPY_POINTER(object) (((SwigPyObject *)(object))->ptr)

static const featset_t *fspy_set_of(PyObject *object)
{
	return FSPY_IS(object, set) ? &((fspy_set *)object)->set : NULL;
}

static featset_cpu_t *fspy_expression(PyObject *object)
{
	const char *text = fspy_text(object);
	featset_error_t error = { .code = FEATSET_OK };
	featset_cpu_t *cpu;

	if (!text)
		return NULL;
	cpu = fsg_expression(&error, text);
	if (cpu)
		return cpu;
	/* The program's sentence; here a name is never a file. */
	if (!strncmp(error.text, "no file, ", 9))
		memmove(error.text + 3, error.text + 9, strlen(error.text + 9) + 1);
	fspy_raise(&error, 0);
	return NULL;
}

static const featset_cpu_t *fspy_only_host(const featset_inventory_t *inventory)
{
	const featset_cpu_t *cpu = NULL;

	if (featset_inventory_hosts(inventory) != 1) {
		PyErr_Format(PyExc_ValueError, "it tells of %zu hosts; take one of them, as in inventory[0]",
			     featset_inventory_hosts(inventory));
		return NULL;
	}
	cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_HVM);
	if (!cpu)
		cpu = featset_inventory_cpu(inventory, 0, FEATSET_SLOT_CPU);
	if (!cpu)
		PyErr_SetString(PyExc_ValueError, "nothing is told about the host's CPU");
	return cpu;
}

/*
 * Anything that is a cpu.  `made` gets what the caller must free, or NULL; else
 * the cpu lives as long as the object.
 */
static int fspy_cpu_in(PyObject *object, const featset_cpu_t **cpu, featset_cpu_t **made)
{
	*cpu = *made = NULL;
	if (FSPY_IS(object, cpu))
		*cpu = FSPY_POINTER(object);
	else if (FSPY_IS(object, level))
		*cpu = featset_level_cpu(FSPY_POINTER(object));
	else if (FSPY_IS(object, inventory))
		*cpu = fspy_only_host(FSPY_POINTER(object));
	else if (PyUnicode_Check(object))
		*cpu = *made = fspy_expression(object);
	else if (FSPY_IS(object, baseline) || FSPY_IS(object, set)) {
		featset_error_t error;

		if (FSPY_IS(object, set))
			*cpu = *made = fsg_cpu_of(fspy_set_of(object));
		else
			*cpu = *made = fsg_expression(&error, featset_baseline_name(FSPY_POINTER(object)));
		if (!*cpu)
			PyErr_NoMemory();
	} else
		return fspy_refuse(object, "a Cpu, Baseline, Level, FeatureSet or names");
	return *cpu ? 0 : -1;
}

/* What has features, such as a Host, gives them. */
static int fspy_add_features(PyObject *object, featset_t *set)
{
	PyObject *features = PyObject_GetAttrString(object, "features");
	const featset_t *found = features ? fspy_set_of(features) : NULL;

	if (!features && !PyErr_ExceptionMatches(PyExc_AttributeError))
		return -1;
	PyErr_Clear();
	if (found)
		*set = *found;
	Py_XDECREF(features);
	return found ? 0 : fspy_refuse(object, "a FeatureSet, names or features");
}

/* Adds the features that an iterable gives. */
static int fspy_add_each(PyObject *iterable, featset_t *set)
{
	PyObject *iterator = PyObject_GetIter(iterable), *item;

	if (!iterator) {
		if (!PyErr_ExceptionMatches(PyExc_TypeError))
			return -1;
		PyErr_Clear();
		return fspy_add_features(iterable, set);
	}
	while ((item = PyIter_Next(iterator))) {
		featset_feature_t feature;
		int status = fspy_feature_in(item, &feature);

		Py_DECREF(item);
		if (status < 0)
			break;
		featset_add(set, feature);
	}
	Py_DECREF(iterator);
	return PyErr_Occurred() ? -1 : 0;
}

/* Anything that is a set: a FeatureSet, a cpu, a Host, names in one string, or an iterable of features. */
static int fspy_set_in(PyObject *object, featset_t *set)
{
	const featset_cpu_t *cpu;
	featset_cpu_t *made;

	if (FSPY_IS(object, set)) {
		*set = *fspy_set_of(object);
		return 0;
	}
	featset_clear(set);
	if (PyUnicode_Check(object)) {
		const char *text = fspy_text(object);

		if (!text)
			return -1;
		if (!text[strspn(text, " \t\r\n")])
			return 0;
	} else if (!FSPY_IS(object, cpu) && !FSPY_IS(object, level) && !FSPY_IS(object, inventory) &&
		   !FSPY_IS(object, baseline))
		return fspy_add_each(object, set);
	if (fspy_cpu_in(object, &cpu, &made) < 0)
		return -1;
	*set = *featset_cpu_features(cpu);
	featset_cpu_free(made);
	return 0;
}

/* Several cpus: what fspy_cpus_in makes, fspy_cpus_done takes back. */
typedef struct fspy_list {
	PyObject *fast;
	const featset_cpu_t **cpus;
	featset_cpu_t **made;
	size_t count;
} fspy_list;

static void fspy_cpus_done(fspy_list *list)
{
	for (size_t i = 0; list->made && i < list->count; i++)
		featset_cpu_free(list->made[i]);
	free(list->made);
	free((void *)list->cpus);
	Py_XDECREF(list->fast);
}

/* A copy of the sequence is held, so that nobody can change it meanwhile. */
static int fspy_cpus_in(PyObject *object, fspy_list *list)
{
	if (PyUnicode_Check(object) || PyBytes_Check(object))
		return fspy_refuse(object, "several cpus");
	list->fast = PySequence_Tuple(object);
	if (!list->fast)
		return -1;
	list->count = (size_t)PyTuple_GET_SIZE(list->fast);
	list->cpus = calloc(list->count + 1, sizeof(*list->cpus));
	list->made = calloc(list->count + 1, sizeof(*list->made));
	if (!list->cpus || !list->made) {
		PyErr_NoMemory();
		return -1;
	}
	for (size_t i = 0; i < list->count; i++)
		if (fspy_cpu_in(PyTuple_GET_ITEM(list->fast, (Py_ssize_t)i), &list->cpus[i], &list->made[i]) < 0)
			return -1;
	return 0;
}

/* An object of one type; never nothing. */
static int fspy_object(PyObject *object, PyTypeObject *type, const char *wanted, void *pointer)
{
	if (!PyObject_TypeCheck(object, type))
		return fspy_refuse(object, wanted);
	*(void **)pointer = FSPY_POINTER(object);
	return 0;
}

/* Names of files: what fspy_paths_in makes, fspy_paths_done takes back. */
typedef struct fspy_paths {
	PyObject *bytes; /* a list that keeps the names */
	const char **paths;
	size_t count;
} fspy_paths;

static void fspy_paths_done(fspy_paths *list)
{
	free((void *)list->paths);
	Py_XDECREF(list->bytes);
}

static int fspy_paths_in(PyObject *object, fspy_paths *list)
{
	PyObject *items;

	if (PyUnicode_Check(object) || PyBytes_Check(object))
		return fspy_refuse(object, "several paths");
	items = PySequence_Tuple(object);
	if (!items)
		return -1;
	list->count = (size_t)PyTuple_GET_SIZE(items);
	list->paths = calloc(list->count + 1, sizeof(*list->paths));
	list->bytes = PyList_New(0);
	if (!list->paths)
		PyErr_NoMemory();
	for (size_t i = 0; list->paths && list->bytes && i < list->count; i++) {
		PyObject *bytes = NULL;

		if (!PyUnicode_FSConverter(PyTuple_GET_ITEM(items, (Py_ssize_t)i), &bytes))
			break;
		list->paths[i] = PyBytes_AS_STRING(bytes);
		fspy_append(&list->bytes, bytes);
	}
	Py_DECREF(items);
	return PyErr_Occurred() ? -1 : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * array.h - FeatureSetArray: many sets in one piece of memory
 *
 * The memory is the array's own or somebody else's buffer, which is then held
 * and not copied.  It goes out through the buffer protocol as n rows of 32
 * uint64, read-only.
 */

typedef struct fspy_array {
	PyObject_HEAD
	const featset_t *sets;
	Py_ssize_t count;
	featset_t *own;    /* what to free, or NULL */
	Py_buffer view;    /* whose memory it is, when view.obj is not NULL */
	PyObject *whole;   /* the array that this is a slice of, or NULL */
	Py_ssize_t shape[2];
	Py_ssize_t strides[2];
} fspy_array;

static PyTypeObject fspy_array_type;

static fspy_array *fspy_array_alloc(PyTypeObject *type)
{
	fspy_array *array = (fspy_array *)type->tp_alloc(type, 0);

	if (array) {
		array->shape[1] = FEATSET_LANES;
		array->strides[0] = sizeof(featset_t);
		array->strides[1] = sizeof(uint64_t);
	}
	return array;
}

static PyObject *fspy_array_over(fspy_array *array, const void *memory, Py_ssize_t size)
{
	if (size % (Py_ssize_t)sizeof(featset_t)) {
		PyErr_Format(PyExc_ValueError, "an array of sets is a multiple of %zu bytes, not %zd",
			     sizeof(featset_t), size);
	} else if ((uintptr_t)memory % sizeof(uint64_t)) {
		PyErr_SetString(PyExc_ValueError, "the memory does not begin at a multiple of 8 bytes");
	} else {
		array->sets = memory;
		array->shape[0] = array->count = size / (Py_ssize_t)sizeof(featset_t);
		return (PyObject *)array;
	}
	Py_DECREF(array);
	return NULL;
}

/* Own memory for what an iterable of sets gives. */
static PyObject *fspy_array_collect(fspy_array *array, PyObject *iterable)
{
	PyObject *items = PySequence_Tuple(iterable);
	Py_ssize_t count;

	if (!items) {
		Py_DECREF(array);
		return NULL;
	}
	count = PyTuple_GET_SIZE(items);
	array->own = calloc((size_t)count + 1, sizeof(featset_t));
	if (!array->own)
		PyErr_NoMemory();
	for (Py_ssize_t i = 0; array->own && i < count; i++)
		if (fspy_set_in(PyTuple_GET_ITEM(items, i), &array->own[i]) < 0)
			break;
	Py_DECREF(items);
	if (PyErr_Occurred()) {
		Py_DECREF(array);
		return NULL;
	}
	return fspy_array_over(array, array->own, count * (Py_ssize_t)sizeof(featset_t));
}

static PyObject *fspy_array_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	PyObject *source = NULL;
	Py_buffer view;
	fspy_array *array;

	if (keywords && PyDict_GET_SIZE(keywords)) {
		PyErr_SetString(PyExc_TypeError, "FeatureSetArray() takes no keyword arguments");
		return NULL;
	}
	if (!PyArg_UnpackTuple(args, "FeatureSetArray", 0, 1, &source))
		return NULL;
	array = fspy_array_alloc(type);
	if (!array || !source)
		return (PyObject *)array;
	if (!PyObject_CheckBuffer(source))
		return fspy_array_collect(array, source);
	if (fspy_buffer(source, &view) < 0) {
		Py_DECREF(array);
		return NULL;
	}
	array->view = view;
	return fspy_array_over(array, array->view.buf, array->view.len);
}

/* There is no tp_clear, as for tuples: the memory must stay, and whoever closes the circle can be cleared. */
static int fspy_array_traverse(PyObject *self, visitproc visit, void *arg)
{
	fspy_array *array = (fspy_array *)self;

	Py_VISIT(array->view.obj);
	Py_VISIT(array->whole);
	return 0;
}

static void fspy_array_dealloc(PyObject *self)
{
	fspy_array *array = (fspy_array *)self;

	PyObject_GC_UnTrack(self);
	if (array->view.obj)
		PyBuffer_Release(&array->view);
	Py_XDECREF(array->whole);
	free(array->own);
	Py_TYPE(self)->tp_free(self);
}

static Py_ssize_t fspy_array_length(PyObject *self)
{
	return ((fspy_array *)self)->count;
}

static PyObject *fspy_array_item(PyObject *self, Py_ssize_t index)
{
	fspy_array *array = (fspy_array *)self;

	if (index < 0 || index >= array->count) {
		PyErr_SetString(PyExc_IndexError, "the array has no set of that index");
		return NULL;
	}
	return fspy_set_new(&array->sets[index]);
}

static PyObject *fspy_array_slice(fspy_array *array, PyObject *slice)
{
	Py_ssize_t start, stop, step, count;
	fspy_array *part;

	if (PySlice_Unpack(slice, &start, &stop, &step) < 0)
		return NULL;
	count = PySlice_AdjustIndices(array->count, &start, &stop, step);
	part = fspy_array_alloc(&fspy_array_type);
	if (!part)
		return NULL;
	part->shape[0] = part->count = count;
	if (step == 1 || !count) {
		part->sets = count ? array->sets + start : NULL;
		Py_INCREF(array);
		part->whole = (PyObject *)array;
		return (PyObject *)part;
	}
	part->own = calloc((size_t)count, sizeof(featset_t));
	if (!part->own) {
		Py_DECREF(part);
		return PyErr_NoMemory();
	}
	for (Py_ssize_t i = 0; i < count; i++)
		part->own[i] = array->sets[start + i * step];
	part->sets = part->own;
	return (PyObject *)part;
}

static PyObject *fspy_array_subscript(PyObject *self, PyObject *key)
{
	Py_ssize_t index;

	if (PySlice_Check(key))
		return fspy_array_slice((fspy_array *)self, key);
	if (!PyIndex_Check(key)) {
		fspy_refuse(key, "an index or a slice");
		return NULL;
	}
	index = PyNumber_AsSsize_t(key, PyExc_IndexError);
	if (index == -1 && PyErr_Occurred())
		return NULL;
	return fspy_array_item(self, index < 0 ? index + ((fspy_array *)self)->count : index);
}

static int fspy_array_contains(PyObject *self, PyObject *item)
{
	fspy_array *array = (fspy_array *)self;
	const featset_t *set = fspy_set_of(item);

	for (Py_ssize_t i = 0; set && i < array->count; i++)
		if (featset_equal(&array->sets[i], set))
			return 1;
	return 0;
}

static PyObject *fspy_array_richcompare(PyObject *left, PyObject *right, int operation)
{
	fspy_array *a = (fspy_array *)left, *b = (fspy_array *)right;
	bool equal;

	if (!PyObject_TypeCheck(right, &fspy_array_type) || (operation != Py_EQ && operation != Py_NE))
		Py_RETURN_NOTIMPLEMENTED;
	equal = a->count == b->count;
	for (Py_ssize_t i = 0; equal && i < a->count; i++)
		equal = featset_equal(&a->sets[i], &b->sets[i]);
	return PyBool_FromLong(equal == (operation == Py_EQ));
}

static PyObject *fspy_array_repr(PyObject *self)
{
	Py_ssize_t count = ((fspy_array *)self)->count;

	return PyUnicode_FromFormat("<featset.FeatureSetArray of %zd set%s>", count, count == 1 ? "" : "s");
}

static int fspy_array_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
	static const featset_t nothing;
	fspy_array *array = (fspy_array *)self;

	view->obj = NULL;
	if (flags & PyBUF_WRITABLE) {
		PyErr_SetString(PyExc_BufferError, "an array of sets cannot be written to");
		return -1;
	}
	if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && array->count > 1) {
		PyErr_SetString(PyExc_BufferError, "an array of sets lies row by row, not column by column");
		return -1;
	}
	view->buf = (void *)(uintptr_t)(array->sets ? array->sets : &nothing);
	view->len = array->count * (Py_ssize_t)sizeof(featset_t);
	view->readonly = 1;
	view->itemsize = flags & PyBUF_FORMAT ? sizeof(uint64_t) : 1;
	view->format = flags & PyBUF_FORMAT ? "Q" : NULL;
	view->ndim = 1;
	view->shape = view->strides = view->suboffsets = NULL;
	view->internal = NULL;
	if (flags & PyBUF_ND) {
		view->itemsize = sizeof(uint64_t);
		view->ndim = 2;
		view->shape = array->shape;
		if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES)
			view->strides = array->strides;
	}
	Py_INCREF(self);
	view->obj = self;
	return 0;
}

/* Pickling copies the sets. */
static PyObject *fspy_array_reduce(PyObject *self, PyObject *unused)
{
	fspy_array *array = (fspy_array *)self;
	PyObject *list = PyList_New(0);

	(void)unused;
	for (Py_ssize_t i = 0; list && i < array->count; i++)
		fspy_append(&list, fspy_set_new(&array->sets[i]));
	return list ? Py_BuildValue("O(N)", Py_TYPE(self), list) : NULL;
}

static PyMethodDef fspy_array_methods[] = {
	{ "__reduce__", fspy_array_reduce, METH_NOARGS, "__reduce__($self, /)\n--\n\nFor pickle." },
	{ NULL, NULL, 0, NULL },
};

static const char fspy_array_doc[] =
	"FeatureSetArray(source=(), /)\n--\n\n"
	"Many sets in one piece of memory.\n\n"
	"From any object with the buffer protocol (bytes, mmap, a NumPy array): its\n"
	"memory is used as it is and not copied, 256 bytes a set.  From an iterable of\n"
	"sets: they are copied.  The array goes out through the buffer protocol without\n"
	"a copy too, as rows of 32 unsigned 64-bit integers: numpy.asarray(array).";

static PyMappingMethods fspy_array_mapping = {
	.mp_length = fspy_array_length,
	.mp_subscript = fspy_array_subscript,
};

static PySequenceMethods fspy_array_sequence = {
	.sq_length = fspy_array_length,
	.sq_item = fspy_array_item,
	.sq_contains = fspy_array_contains,
};

static PyBufferProcs fspy_array_buffer = {
	.bf_getbuffer = fspy_array_getbuffer,
};

/* Static, like those that SWIG writes: Python code cannot change it. */
static PyTypeObject fspy_array_type = {
	PyVarObject_HEAD_INIT(NULL, 0)
	.tp_name = "featset.FeatureSetArray",
	.tp_basicsize = sizeof(fspy_array),
	.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
	.tp_traverse = fspy_array_traverse,
	.tp_doc = fspy_array_doc,
	.tp_new = fspy_array_new,
	.tp_dealloc = fspy_array_dealloc,
	.tp_repr = fspy_array_repr,
	.tp_iter = PySeqIter_New,
	.tp_richcompare = fspy_array_richcompare,
	.tp_hash = PyObject_HashNotImplemented,
	.tp_methods = fspy_array_methods,
	.tp_as_mapping = &fspy_array_mapping,
	.tp_as_sequence = &fspy_array_sequence,
	.tp_as_buffer = &fspy_array_buffer,
};
